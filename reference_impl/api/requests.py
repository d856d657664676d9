"""Runs as requests ask for them: read, built, and authorised for their caller."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from starlette.requests import Request

from onceproof.reference_impl.api.resolving import runnable
from onceproof.reference_impl.auth.guard import authorise, user_of
from onceproof.reference_impl.core.run import RunRequest, RunSpec
from onceproof.reference_impl.deployment.http_section import Headers
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.http import path_id, read_json, validate
from onceproof.reference_impl.resources.run_bodies import RunIn, ThreadRunIn
from onceproof.reference_impl.resources.run_requests import build_run
from onceproof.reference_impl.services import Services


@dataclass(frozen=True)
class Creation:
    """What a create, wait or stream request asks for, and the body that said so.

    A retry with the same key has to repeat the body.
    """

    run: RunRequest
    body: Any
    cancel_on_disconnect: bool


async def read_creation(request: Request) -> Creation:
    """Return the run a request asks for, on the thread in its path or on one of its own."""
    on_thread = "thread_id" in request.path_params
    thread_id = path_id(request, "thread_id") if on_thread else None
    body = await read_json(request)
    wanted = validate(body, ThreadRunIn if on_thread else RunIn)
    run = await prepare(request, wanted, thread_id)
    return Creation(run, body, wanted.on_disconnect == "cancel")


async def prepare(request: Request, wanted: RunIn, thread_id: UUID | None) -> RunRequest:
    """Build the run for the caller; raises Refusal, or ApiError for what the caller may not."""
    services: Services = request.app.state.services
    run = await build_run(
        wanted,
        thread_id,
        find_assistant=partial(runnable, request),
        webhooks=services.webhooks,
        request_id=request.headers.get("x-request-id"),
        headers=_passed_headers(request),
    )
    return await _authorise_run(request, run)


def _passed_headers(request: Request) -> Mapping[str, str]:
    """The headers that this deployment lets its graphs see."""
    passed: Headers | None = request.app.state.passed_headers
    return passed.select(request.headers.items()) if passed else {}


async def _authorise_run(request: Request, run: RunRequest) -> RunRequest:
    """Return the run as its caller may have it: on which threads, with which metadata.

    A thread that is made for the run takes the run's metadata, so that it has the same owner.
    """
    user = user_of(request)
    if user is None:
        return run
    value: JsonObject = {
        "assistant_id": run.assistant_id,
        "thread_id": run.thread_id,
        "run_id": run.run_id,
        "status": "pending",
        "metadata": run.metadata,
        "kwargs": run.spec.dump(),
        "multitask_strategy": run.strategy,
        "prevent_insert_if_inflight": run.strategy == "reject",
        "if_not_exists": "create" if run.create_thread else "reject",
        "after_seconds": run.delay_s,
    }
    kwargs = value["kwargs"]
    run.rule = await authorise(request, "threads", "create_run", value)
    # A handler may have written into what it was asked about.
    run.metadata = run.owner = value["metadata"]
    run.spec = RunSpec.load(kwargs)
    run.spec.user = user
    return run
