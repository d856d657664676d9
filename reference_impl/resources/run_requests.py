"""From what a client or a cron asks for to a run that the queue can accept.

This knows nothing of HTTP: a Refusal says what cannot be made, and the API answers it as the
scheduler logs it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from langchain_core.utils.uuid import uuid7

from onceproof.reference_impl.core.run import RunRequest, RunSpec
from onceproof.reference_impl.encoding import JsonObject
from onceproof.reference_impl.errors import Contradiction, Unusable
from onceproof.reference_impl.resources.run_bodies import RunIn, ThreadRunIn
from onceproof.reference_impl.webhooks.policy import Policy, Refused

#: Returns the row of an assistant, or raises what the one who asks is to hear.
FindAssistant = Callable[[str], Awaitable[Mapping[str, Any]]]


async def build_run(
    wanted: RunIn,
    thread_id: UUID | None,
    *,
    find_assistant: FindAssistant,
    webhooks: Policy,
    request_id: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> RunRequest:
    """Look up what the run names and put it together; raises Refusal for what cannot be made.

    Without a `thread_id` the run gets a thread of its own. Its graph can read the `request_id`,
    of which one is made up if none is passed, and those `headers` that the deployment passes on:
    they win over what the client says, since a gateway may have set them.
    """
    _require_sense(wanted, stateless=thread_id is None)
    webhook = await _admit(webhooks, wanted.webhook)
    assistant = await find_assistant(wanted.assistant_id)
    config = _merge_configs(assistant, wanted, request_id)
    config["configurable"].update(headers or {})
    on_thread = wanted if isinstance(wanted, ThreadRunIn) else None
    stateless = thread_id is None
    return RunRequest(
        run_id=UUID(str(uuid7())),
        thread_id=thread_id or UUID(str(uuid7())),
        assistant_id=assistant["assistant_id"],
        spec=_build_spec(wanted, assistant, config=config, webhook=webhook, stateless=stateless),
        assistant_metadata=assistant["metadata"],
        metadata={**(config.get("metadata") or {}), **(wanted.metadata or {})},
        thread_metadata={
            "graph_id": assistant["graph_id"],
            "assistant_id": str(assistant["assistant_id"]),
        },
        thread_config=config,
        strategy=on_thread.multitask_strategy if on_thread else "enqueue",
        delay_s=wanted.after_seconds or 0.0,
        create_thread=stateless or (on_thread is not None and on_thread.if_not_exists == "create"),
    )


def _build_spec(
    wanted: RunIn,
    assistant: Mapping[str, Any],
    *,
    config: dict[str, Any],
    webhook: str | None,
    stateless: bool,
) -> RunSpec:
    on_thread = wanted if isinstance(wanted, ThreadRunIn) else None
    return RunSpec(
        assistant["graph_id"],
        input=wanted.input,
        command=wanted.command.model_dump(exclude_unset=True) if wanted.command else None,
        config=config,
        context={**assistant["context"], **(wanted.context or {})} or None,
        checkpoint=on_thread.start_at() if on_thread else {},
        interrupt_before=wanted.interrupt_before,
        interrupt_after=wanted.interrupt_after,
        stream_mode=list(wanted.stream_mode),
        stream_subgraphs=wanted.stream_subgraphs,
        stream_resumable=wanted.stream_resumable,
        feedback_keys=wanted.feedback_keys,
        durability=wanted.choose_durability(),
        temporary=stateless and wanted.on_completion == "delete",
        webhook=webhook,
    )


def _require_sense(wanted: RunIn, *, stateless: bool) -> None:
    configurable = (wanted.config.configurable if wanted.config else None) or {}
    if configurable and wanted.context is not None:
        raise Contradiction("config.configurable and context say the same thing: send one of them")
    if stateless and wanted.command and wanted.command.resume is not None:
        raise Contradiction("command.resume continues a thread: send it to /threads/{id}/runs")


async def _admit(webhooks: Policy, url: str | None) -> str | None:
    """The webhook to be called, if any."""
    if url is None:
        return None
    try:
        return await webhooks.admit(url)
    except Refused as refused:
        raise Unusable(f"webhook: {refused}") from None


def _merge_configs(
    assistant: Mapping[str, Any], wanted: RunIn, request_id: str | None
) -> JsonObject:
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
    configurable["langgraph_request_id"] = (request_id or str(uuid7()))[:256]
    return config
