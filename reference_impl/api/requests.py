"""From a validated body to a run that the queue can accept."""

from typing import Any
from uuid import UUID

from langchain_core.utils.uuid import uuid7
from starlette.requests import Request

from onceproof.reference_impl.api.http import ApiError
from onceproof.reference_impl.api.resolving import resolve, runnable
from onceproof.reference_impl.api.run_bodies import RunIn, ThreadRunIn
from onceproof.reference_impl.auth.guard import allowed, user_of
from onceproof.reference_impl.core.run import RunRequest
from onceproof.reference_impl.services import Services
from onceproof.reference_impl.webhooks.policy import Refused


async def prepare(
    services: Services, request: Request | None, wanted: RunIn, thread_id: UUID | None
) -> RunRequest:
    """Look up what the run names and put it together; ApiError says what cannot be.

    A run that no request asked for is one of a cron.
    """
    given = (wanted.config.configurable if wanted.config else None) or {}
    if given and wanted.context is not None:
        raise ApiError(400, "config.configurable and context say the same thing: send one of them")
    stateless = thread_id is None
    if stateless and wanted.command and wanted.command.resume is not None:
        raise ApiError(400, "command.resume continues a thread: send it to /threads/{id}/runs")
    webhook = await _webhook(services, wanted.webhook)
    assistant = (
        await runnable(request, wanted.assistant_id)
        if request
        else await resolve(services.pool, services.graphs, wanted.assistant_id)
    )
    names = {"graph_id": assistant["graph_id"], "assistant_id": str(assistant["assistant_id"])}
    config = _config(assistant, wanted, request)
    on_thread = wanted if isinstance(wanted, ThreadRunIn) else None
    run = RunRequest(
        run_id=UUID(str(uuid7())),
        thread_id=thread_id or UUID(str(uuid7())),
        assistant_id=assistant["assistant_id"],
        kwargs={
            **_kwargs(wanted, assistant, config, temporary=stateless),
            "webhook": webhook,
        },
        assistant_metadata=assistant["metadata"],
        metadata={**(config.get("metadata") or {}), **(wanted.metadata or {})},
        thread_metadata=names,
        thread_config=config,
        strategy=on_thread.multitask_strategy if on_thread else "enqueue",
        delay_s=wanted.after_seconds or 0.0,
        create_thread=stateless or (on_thread is not None and on_thread.if_not_exists == "create"),
    )
    return await _authorised(request, run) if request else run


async def _authorised(request: Request, run: RunRequest) -> RunRequest:
    """The run as its caller may have it: on which threads, with which metadata, for which user.

    A thread that is made for the run takes the run's metadata, so that it has the same owner.
    """
    user = user_of(request)
    if user is None:
        return run
    value: dict[str, Any] = {
        "assistant_id": run.assistant_id,
        "thread_id": run.thread_id,
        "run_id": run.run_id,
        "status": "pending",
        "metadata": run.metadata,
        "kwargs": run.kwargs,
        "multitask_strategy": run.strategy,
        "prevent_insert_if_inflight": run.strategy == "reject",
        "if_not_exists": "create" if run.create_thread else "reject",
        "after_seconds": run.delay_s,
    }
    run.rule = await allowed(request, "threads", "create_run", value)
    run.metadata = run.owner = value["metadata"]
    run.kwargs["user"] = user
    return run


async def _webhook(services: Services, url: str | None) -> str | None:
    """The webhook to be called, if any; ApiError 422 for one that may not be."""
    if url is None:
        return None
    try:
        return await services.webhooks.admitted(url)
    except Refused as refused:
        raise ApiError(422, f"webhook: {refused}") from None


def _config(assistant: dict[str, Any], wanted: RunIn, request: Request | None) -> dict[str, Any]:
    """The assistant's configuration overlaid with the request's."""
    base, own = assistant["config"], wanted.config.plain() if wanted.config else {}
    configurable = {
        **base.get("configurable", {}),
        **assistant["context"],
        **own.get("configurable", {}),
        **(wanted.context or {}),
    }
    config = {**base, **own, "configurable": configurable}
    if tags := [*base.get("tags", []), *own.get("tags", [])]:
        config["tags"] = tags
    request_id = (request and request.headers.get("x-request-id")) or str(uuid7())
    configurable["langgraph_request_id"] = request_id[:256]
    return config


def _kwargs(
    wanted: RunIn, assistant: dict[str, Any], config: dict[str, Any], *, temporary: bool
) -> dict[str, Any]:
    context = {**assistant["context"], **(wanted.context or {})} or None
    return {
        "graph_id": assistant["graph_id"],
        "input": wanted.input,
        "command": wanted.command.model_dump(exclude_unset=True) if wanted.command else None,
        "config": config,
        "context": context,
        "checkpoint": wanted.start_at() if isinstance(wanted, ThreadRunIn) else {},
        "interrupt_before": wanted.interrupt_before,
        "interrupt_after": wanted.interrupt_after,
        "stream_mode": wanted.stream_mode,
        "stream_subgraphs": wanted.stream_subgraphs,
        "stream_resumable": wanted.stream_resumable,
        "feedback_keys": wanted.feedback_keys,
        "durability": wanted.chosen_durability(),
        "temporary": temporary and wanted.on_completion == "delete",
    }
