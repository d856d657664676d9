"""What is refused, and how: the statuses that the register accepts beside its first choice."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from onceproof.conformance.selftest.benign.endpoints import change_endpoint
from onceproof.conformance.selftest.benign.variation import variation
from onceproof.reference_impl import body
from onceproof.reference_impl.api import (
    accepting,
    assistants,
    runs,
    state,
    streams,
    system,
    threads,
)
from onceproof.reference_impl.api.sse import event_stream, frame
from onceproof.reference_impl.http import ApiError, Json
from onceproof.reference_impl.resources import schedule


@variation("AST-0", "AST-16", "SDK")
def refuse_unknown_graphs_as_invalid() -> None:
    """An assistant of a graph that is not registered is refused with 422.

    AST-05 accepts 404 and 422.
    """
    require = assistants._require_graph

    def invalid(graphs: Any, graph_id: str) -> None:
        try:
            require(graphs, graph_id)
        except ApiError as error:
            raise ApiError(422, f"graph_id: {error.detail}") from None

    assistants._require_graph = invalid


@variation("AST-1", "CAN-0", "SDK")
def answer_with_200_for_204() -> None:
    """The deletion of an assistant is answered with 200 and null, and a cancel with 200 or 204.

    AST-13 accepts 204 and 200, CAN-02 accepts 202, 204 and 200.
    """
    assistants.no_content = lambda status_code=204: Json(None, 200)
    runs.no_content = lambda status_code=204: Response(
        status_code=200 if status_code == 202 else status_code
    )


@variation("CAN-0", "CAN-11")
def know_no_finished_run_to_cancel() -> None:
    """The cancel of a finished run is answered with 404.

    CAN-06 accepts 404 and 409.
    """

    async def missing(request: Request, answer: Any) -> Response:
        return await _instead(request, answer, 409, 404)

    change_endpoint(runs.routes, "POST", "/threads/{thread_id}/runs/{run_id}/cancel", missing)


async def _instead(request: Request, answer: Any, status: int, other: int) -> Response:
    """Answer with another status what is refused with this one."""
    try:
        response: Response = await answer(request)
    except ApiError as error:
        if error.status_code != status:
            raise
        raise ApiError(other, error.detail) from None
    return response


@variation("CAN-0")
def take_any_action_for_an_interrupt() -> None:
    """An unknown action of a cancel means an interrupt.

    CAN-08 accepts 422 and that it is treated as `interrupt`.
    """
    read = runs._action

    def lenient(request: Request) -> str:
        try:
            return read(request)
        except ApiError:
            return "interrupt"

    runs._action = lenient


@variation("CRN-01", "CRN-02", "CRN-03", "CRN-16")
def know_five_fields_only() -> None:
    """A cron expression with six fields is refused.

    CRN-16 accepts that it is taken for seconds and 422.
    """
    dates = schedule._dates

    def strict(expression: str, after: Any) -> Any:
        if len(expression.split()) != 5:
            raise schedule.BadSchedule(f"schedule {expression!r} must have five fields")
        return dates(expression, after)

    schedule._dates = strict


@variation("RUN-12", "RUN-13", "SYS-12", "SYS-29")
def refuse_bad_limits_with_400() -> None:
    """A run list with a bad limit is refused with 400.

    RUN-13 accepts any 4xx for a bad limit.
    """

    async def bad(request: Request, answer: Any) -> Response:
        limited = "limit" in request.query_params
        return await _instead(request, answer, 422, 400 if limited else 422)

    change_endpoint(runs.routes, "GET", "/threads/{thread_id}/runs", bad)


@variation("RUN-28", "RUN-29", "RUN-45", "SYS-13")
def delete_unfinished_runs() -> None:
    """An unfinished run that is deleted is cancelled first, and not refused.

    RUN-29 accepts 409, 422 and that the run is cancelled and deleted.
    """

    async def cancel_first(request: Request, answer: Any) -> Response:
        run = await runs.find_run(request, "delete")
        if run["status"] in runs.ACTIVE:
            services = request.app.state.services
            await services.queue.cancel(run["run_id"], "interrupt")
            async for _ in runs.following.answer_at_end(services, run["run_id"]):
                pass
        return await answer(request)

    change_endpoint(runs.routes, "DELETE", "/threads/{thread_id}/runs/{run_id}", cancel_first)


@variation("STA-0", "STA-1", "SYS-13")
def show_unknown_checkpoints_as_empty() -> None:
    """The state at an unknown checkpoint is an empty one.

    STA-07 accepts 200 with an empty state and 404.
    """

    async def empty(request: Request, answer: Any) -> Response:
        try:
            response: Response = await answer(request)
        except ApiError as error:
            if "has no checkpoint" not in error.detail:
                raise
            return Json(state.thread_state.EMPTY)
        return response

    change_endpoint(state.routes, "GET", "/threads/{thread_id}/state/{checkpoint_id}", empty)
    change_endpoint(state.routes, "POST", "/threads/{thread_id}/state/checkpoint", empty)


@variation("STA-0", "STA-1")
def refuse_updates_without_a_graph_as_invalid() -> None:
    """The state of a thread without a graph is not updated, and that is a 422.

    STA-10 accepts any 4xx.
    """

    async def invalid(request: Request, answer: Any) -> Response:
        return await _instead(request, answer, 400, 422)

    change_endpoint(state.routes, "POST", "/threads/{thread_id}/state", invalid)


@variation("THR-08", "THR-09", "SYS-13")
def refuse_copies_with_409() -> None:
    """The copy of a thread that does not exist is refused with 409.

    THR-09 accepts 404 and 409.
    """

    async def conflict(request: Request, answer: Any) -> Response:
        return await _instead(request, answer, 404, 409)

    change_endpoint(threads.routes, "POST", "/threads/{thread_id}/copy", conflict)


@variation("SYS-21", "SYS-22", "STO-0", "STR-28")
def refuse_nul_characters() -> None:
    """A body with a NUL character is refused.

    SYS-21 accepts 422.
    """

    def refuse(raw: bytes) -> bytes:
        if b"\\u0000" in raw.replace(b"\\\\", b""):
            raise body.Unreadable("the body has a NUL character, which cannot be stored")
        return raw

    body._replace_nuls = refuse


@variation("STR-2", "RSM-0", "AUT-03", "AUT-04", "SYS-13")
def stream_the_error_of_an_unknown_run() -> None:
    """Whoever joins the stream of an unknown run gets a stream with one `error` event.

    STR-29 accepts 200 with one `error` event that says 404, and so does AUT-04.
    """

    async def on_the_stream(request: Request, answer: Any) -> Response:
        try:
            response: Response = await answer(request)
        except ApiError as error:
            if error.status_code != 404:
                raise
            return event_stream(_error_of(error), {})
        return response

    path = "/threads/{thread_id}/runs/{run_id}/stream"
    change_endpoint(streams.routes, "GET", path, on_the_stream)


async def _error_of(error: ApiError) -> Any:
    said = {"error": "HTTPException", "message": f"404: {error.detail}"}
    yield frame("error", orjson.dumps(said).decode())


@variation("RUN-X", "QUE-X", "SDK")
def offer_no_extras() -> None:
    """Idempotency keys are ignored, and refused writes are not counted.

    RUN-X1 and QUE-X1 are MAYs.
    """
    accepting._read_key = lambda request, body: None
    read = system._figures

    async def without(services: Any) -> Any:
        return {name: each for name, each in (await read(services)).items() if name != "fenced"}

    system._figures = without
    describe = system._describe

    def describe_without(request: Request) -> Any:
        described = describe(request)
        for methods in described["paths"].values():
            for about in methods.values():
                known = about.get("parameters", [])
                about["parameters"] = [each for each in known if each["name"] != accepting.HEADER]
        return described

    system._describe = describe_without
