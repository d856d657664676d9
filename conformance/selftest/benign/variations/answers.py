"""What answers hold: more than was asked for, in other forms, in other words."""

from datetime import datetime, timedelta, timezone
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Scope, Send

from onceproof.conformance.selftest.benign.answering import (
    change_json,
    field_of,
    pass_on,
    without,
)
from onceproof.conformance.selftest.benign.bodies import Thing, change_texts, change_things
from onceproof.conformance.selftest.benign.endpoints import Endpoint, change_endpoint
from onceproof.conformance.selftest.benign.variation import variation
from onceproof.conformance.selftest.mutants.rewriting import rewrite
from onceproof.reference_impl import app, sql
from onceproof.reference_impl.api import runs, threads
from onceproof.reference_impl.core.attempt import Attempt
from onceproof.reference_impl.http import Json

#: The shapes of answers, whatever they are about.
SHAPES = ("SYS-01", "SYS-05", "SYS-09", "SYS-10", "SYS-12", "SYS-13", "SYS-17")

STAMPS = ("_at", "_date", "_time")


@variation("AST-0", "AST-1", "THR-0", "THR-1", "RUN-0", "STA-0", "STO", "CRN-12", "SDK")
def add_fields_to_things() -> None:
    """Threads, runs, assistants, crons, states and items have fields that no document names.

    RUN-02, THR-01 and STO-01 name what has to be there; what else is there is left free.
    """
    added = {"tenant": None, "links": {"self": "here"}, "revision": 7, "tags": ["a", "b"]}
    change_json(change_things(lambda thing: {**added, **thing}))


@variation(
    "SYS-17", "THR-0", "THR-1", "RUN-0", "CRN-02", "CRN-03", "CRN-08", "CRN-12", "STO-0", "SDK"
)
def write_dates_in_zulu() -> None:
    """Dates end in `Z`.

    SYS-17: RFC 3339 with an offset; RFC 3339, section 4.3: `Z` is one.
    """

    def change(name: str, text: str) -> str:
        return text.removesuffix("+00:00") + "Z" if _is_stamp(name, text) else text

    change_json(change_texts(change))


@variation(
    "SYS-17",
    "THR-0",
    "THR-1",
    "THR-2",
    "RUN-0",
    "CRN-02",
    "CRN-03",
    "CRN-08",
    "CRN-12",
    "STO-0",
    "SDK",
)
def write_dates_of_another_zone() -> None:
    """Dates are written in the time of another zone, with nanoseconds.

    SYS-17: RFC 3339 with an offset; RFC 3339, section 5.6: any number of digits, any offset.
    """
    zone = timezone(timedelta(hours=5, minutes=30))

    def change(name: str, text: str) -> str:
        if not _is_stamp(name, text):
            return text
        moved = datetime.fromisoformat(text).astimezone(zone)
        return moved.strftime("%Y-%m-%dT%H:%M:%S.%f") + "000+05:30"

    change_json(change_texts(change))


def _is_stamp(name: str, text: str) -> bool:
    return name.endswith(STAMPS) and text.endswith("+00:00")


@variation(
    *SHAPES,
    "AST-0",
    "RUN-0",
    "RUN-1",
    "CRN-01",
    "STO-08",
    "AUT-07",
    "AUT-08",
)
def describe_problems() -> None:
    """Errors are `application/problem+json`, with a type, a title and a code beside the detail.

    SYS-09: a JSON object whose `detail` is a sentence; RFC 9457 gives that object its other names.
    """

    def change(path: str, status: int, body: Any) -> Any:
        if status < 400 or not isinstance(body, dict):
            return body
        return {"type": "about:blank", "title": "A problem", "status": status, **body, "code": "E1"}

    change_json(change)
    answer = app._answer_error

    async def as_problem(*parts: Any) -> Any:
        response = await answer(*parts)
        response.headers["content-type"] = "application/problem+json"
        return response

    app._answer_error = as_problem


@variation(
    *SHAPES,
    "AST-0",
    "RUN-1",
    "MUL-04",
    "CAN-0",
    "STA-0",
    "AUT-07",
    "AUT-08",
)
def word_errors_otherwise() -> None:
    """Errors are described in other words, and at length.

    SYS-09 and SYS-12: a sentence that names the offending field; how it reads is left free.
    """
    note = "We are sorry\u00a0— this did not work: {}. Request refused; see the manual, chapter 4."

    def change(path: str, status: int, body: Any) -> Any:
        if status < 400 or not isinstance(body, dict) or "detail" not in body:
            return body
        return {**body, "detail": note.format(body["detail"])}

    change_json(change)


@variation("AST-0", "AST-1", "THR-0", "THR-1", "RUN-1", "STA-0", "STA-24", "CRN-07")
def add_metadata_of_its_own() -> None:
    """Threads, runs, assistants and crons have metadata that the server added.

    AST-03, THR-01 and RUN-11 promise what was given, and not that nothing is beside it.
    """
    own = {"created_by": "user", "region": "eu-1"}

    def change(thing: Thing) -> Thing:
        return (
            {**thing, "metadata": {**own, **(thing["metadata"] or {})}}
            if "metadata" in thing
            else thing
        )

    change_json(change_things(change))


@variation("THR-0", "THR-1", "RUN-1", "STA-0", "CRN-07")
def store_metadata_of_its_own() -> None:
    """New threads keep metadata that the server added, which a search by it finds.

    THR-01: a thread is created with the given metadata; nothing keeps the server from its own.
    """
    rewrite(
        sql.threads,
        "INSERT",
        "select $1, $2, ttl",
        "select $1, jsonb_build_object('region', 'eu-1', 'created_by', 'user') || $2::jsonb, ttl",
    )


@variation("RUN-0", "RUN-1", "RSM-11", "STR-31", "SDK")
def locate_by_whole_urls() -> None:
    """`Location` is a whole URL.

    RUN-17: it ends in `/join`; RSM-11: it answers the reconnect; RFC 9110, section 10.2.2: a URI
    reference may be absolute.
    """

    def make(scope: Scope, send: Send) -> Send:
        origin = b"http://" + field_of(scope["headers"], b"host")

        async def through(message: Message) -> None:
            fields = list(message.get("headers", []))
            where = field_of(fields, b"location")
            if where.startswith(b"/"):
                fields = [*without(fields, b"location"), (b"location", origin + where)]
                message = {**message, "headers": fields}
            await send(message)

        return through

    pass_on(make)


@variation("STR-0", "STR-1", "RSM-0", "RSM-13", "RSM-14", "QUE-16")
def say_more_of_runs() -> None:
    """The event `metadata` says more than the id of its run and its attempt.

    STR-02: a `metadata` event with the run id; what else it says is left free.
    """
    execute = Attempt.execute

    async def with_more(self: Any) -> Any:
        emit = self.publication.emit

        def more(name: str, payload: Any) -> Any:
            own = {"thread_id": str(self._run["thread_id"]), "region": "eu-1", "worker": None}
            return emit(name, {**own, **payload} if name == "metadata" else payload)

        self.publication.emit = more
        return await execute(self)

    Attempt.execute = with_more


@variation("SYS-01", "SYS-05", "SYS-09", "AST-01", "SDK")
def say_more_of_itself() -> None:
    """`/ok` and `/info` have further keys, and the list of its features is longer.

    SYS-01: further keys beside `ok`, such as `services`; SYS-05: a version and two flags.
    """
    more = {
        "/ok": {"services": {"queue": "ok"}, "uptime_s": 4},
        "/info": {"build": {"commit": "abc"}, "flags": {"assistants": True, "crons": True, "x": 1}},
    }

    def change(path: str, status: int, body: Any) -> Any:
        added = more.get(path, {})
        merged = {
            k: {**v, **body.get(k, {})} if isinstance(v, dict) else v for k, v in added.items()
        }
        return {**body, **merged} if added else body

    change_json(change)


@variation("THR-0", "RUN-28", "RUN-45", "SYS-13", "SDK")
def answer_deletions_with_a_body() -> None:
    """The deletion of a thread or a run is answered with 200 and a body.

    RUN-28 accepts 200 for a run; THR-06 says what becomes of a deleted thread, not how the answer
    reads.
    """

    async def with_a_body(request: Request, answer: Endpoint) -> Response:
        response = await answer(request)
        return Json({"deleted": True}) if response.status_code == 204 else response

    change_endpoint(threads.routes, "DELETE", "/threads/{thread_id}", with_a_body)
    change_endpoint(runs.routes, "DELETE", "/threads/{thread_id}/runs/{run_id}", with_a_body)
