"""One attempt of one run: drives the graph, publishes its events, and returns an Outcome."""

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, cast
from uuid import UUID

import asyncpg
from langchain_core.runnables import RunnableConfig
from langgraph.channels.delta import DeltaChannel
from langgraph.pregel import Pregel
from langgraph.types import Command, Send

from onceproof.reference_impl.core.checkpoints.fenced import RunCheckpointer
from onceproof.reference_impl.core.checkpoints.thread_state import (
    group_interrupts,
    make_config,
    read_snapshot,
)
from onceproof.reference_impl.core.context import run_context
from onceproof.reference_impl.core.engine import EXECUTION, Engine, GraphUse
from onceproof.reference_impl.core.public_error import describe_error
from onceproof.reference_impl.core.run import Outcome, RunSpec
from onceproof.reference_impl.core.streams.events import (
    EVENTS,
    INTERRUPT,
    Interrupts,
    Translator,
    graph_modes,
    interrupt_json,
)
from onceproof.reference_impl.core.streams.publisher import Publication
from onceproof.reference_impl.core.user import describe_user
from onceproof.reference_impl.encoding import JsonObject

log = logging.getLogger(__name__)


class Attempt:
    """The execution of one claimed run."""

    def __init__(self, engine: Engine, run: asyncpg.Record, spec: RunSpec):
        self._engine = engine
        self._run = run
        self.spec = spec
        self._saver: RunCheckpointer = engine.checkpoints.for_run(run, spec.durability)
        self._saver.verifies = engine.settings.verify_state
        self._saver.answers = (spec.command or {}).get("resume") is not None
        self._saver.context = spec.context or {}
        self._graph: Pregel | None = None
        self._translator = Translator(spec.stream_mode)
        self.publication = Publication(
            engine.broker,
            run["run_id"],
            run["attempt"],
            resumable=spec.stream_resumable,
            max_event_bytes=engine.settings.max_event_bytes,
            began_ms=int(run["updated_at"].timestamp() * 1000),
            thread_id=run["thread_id"],
        )

    async def settle(self) -> None:
        """Wait until its events and checkpoints are stored; raises Fenced or StorageAway."""
        await self.publication.flush()
        await self._saver.settle()

    def abandon(self) -> None:
        """Publish nothing more of an execution that goes on although its run has ended."""
        self.publication.refused = True

    async def execute(self) -> Outcome:
        """Run to the end. Raises only what ends the attempt without ending the run."""
        self.publication.emit(
            "metadata", {"run_id": str(self._run["run_id"]), "attempt": self._run["attempt"]}
        )
        async with self._open_graph() as self._graph:
            await self._stream(self._graph)
        return await self._conclude()

    def _open_graph(self) -> AbstractAsyncContextManager[Pregel]:
        """The graph, made for this run if a factory makes it, and left when the run is over."""
        return self._engine.graphs.open(
            self.spec.graph_id,
            GraphUse(EXECUTION, self._config(), self.spec.context),
            checkpointer=self._saver,
            store=self._engine.store,
        )

    async def _stream(self, graph: Pregel) -> None:
        async for ns, mode, chunk in self._chunks(graph, *await self._start()):
            for name, payload in self._translator.translate(ns, mode, chunk):
                self.publication.emit(name, payload)
            await self.publication.room()

    # -- how the graph is called -----------------------------------------------------------------

    async def _start(self) -> tuple[Any, RunnableConfig]:
        """Input and config. A later attempt continues from the last checkpoint of its run."""
        config = self._config()
        if self._run["attempt"] > 1:
            latest = await self._saver.aget_tuple(
                {"configurable": {"thread_id": str(self._run["thread_id"]), "checkpoint_ns": ""}}
            )
            if latest and latest.metadata.get("run_id") == str(self._run["run_id"]):
                config["configurable"].pop("checkpoint_id", None)
                return None, config
        spec = self.spec
        return (make_command(spec.command) if spec.command else spec.input), config

    def _config(self) -> RunnableConfig:
        spec = self.spec
        known = {
            "run_id": str(self._run["run_id"]),
            "thread_id": str(self._run["thread_id"]),
            "graph_id": spec.graph_id,
            "assistant_id": str(self._run["assistant_id"]),
        }
        return {
            **cast(RunnableConfig, spec.config),
            "configurable": {
                "checkpoint_ns": "",
                **spec.config.get("configurable", {}),
                **describe_user(spec.user),
                **spec.checkpoint,
                **known,
            },
            "metadata": {**self._run["metadata"], **known, "run_attempt": self._run["attempt"]},
            "run_id": self._run["run_id"],
            "callbacks": list(self._engine.callbacks) or None,
        }

    async def _chunks(
        self, graph: Pregel, value: Any, config: RunnableConfig
    ) -> AsyncIterator[tuple[tuple[str, ...], str, Any]]:
        options = self._options(graph)
        if EVENTS not in self.spec.stream_mode:
            async for chunk in graph.astream(value, config, **options):
                yield _split(chunk, options["subgraphs"])
            return
        events = graph.astream_events(value, config, version="v2", **options)
        async for event in events:
            self.publication.emit(EVENTS, event)
            if event["event"] == "on_chain_stream" and event["run_id"] == str(config["run_id"]):
                yield _split(event["data"]["chunk"], options["subgraphs"])

    def _options(self, graph: Pregel) -> dict[str, Any]:
        spec = self.spec
        options: dict[str, Any] = {
            "stream_mode": graph_modes(spec.stream_mode),
            "output_keys": graph.output_channels,
            "subgraphs": spec.stream_subgraphs,
            "durability": spec.durability,
            "interrupt_before": spec.interrupt_before,
            "interrupt_after": spec.interrupt_after,
            "context": run_context(
                graph.context_schema, spec.context, spec.config.get("configurable", {})
            ),
        }
        return {name: value for name, value in options.items() if value is not None}

    # -- how it ended ----------------------------------------------------------------------------

    async def _conclude(self) -> Outcome:
        interrupts: Interrupts = {}
        resting = "idle"
        if self._may_have_stopped_early():
            interrupts, resting = await self._read_rest()
        return await self._outcome(
            "success", output=self._translator.result(), interrupts=interrupts, resting=resting
        )

    def _may_have_stopped_early(self) -> bool:
        """Breakpoints need not show in the stream, so with any set the state has to be read."""
        graph = self._graph
        return bool(
            self._translator.interrupted
            or self.spec.interrupt_before
            or self.spec.interrupt_after
            or (graph and (graph.interrupt_before_nodes or graph.interrupt_after_nodes))
        )

    async def _read_rest(self) -> tuple[Interrupts, str]:
        config = make_config(self._run["thread_id"])
        if self._graph is None:  # its factory failed, or had no time
            return await read_open_questions(self._saver, config), "idle"
        snapshot = await read_snapshot(self._graph, config)
        return group_interrupts(snapshot), "interrupted" if snapshot.next else "idle"

    async def fail(self, error: BaseException) -> Outcome:
        """End the run with what its graph raised: stream, wait and join all report the error.

        Questions that were open before stay open, such as after an answer that was refused.
        """
        public = describe_error(error)
        self.publication.emit("error", public)
        interrupts, _ = await self._read_rest()
        return await self._outcome(
            "error",
            output={"__error__": public},
            error=public,
            interrupts=interrupts,
            resting="error",
        )

    async def time_out(self) -> Outcome:
        """End a run that took longer than allowed; wait returns its last values, as elsewhere."""
        limit_s = self._engine.settings.run_timeout_s
        error = {"error": "TimeoutError", "message": f"the run exceeded its {limit_s:g} s"}
        return await self._outcome(
            "timeout", output=self._translator.result(), error=error, resting="error"
        )

    async def cancel(self) -> Outcome:
        """End a run that was cancelled: super-steps that finished stay, `next` names the others."""
        interrupts, resting = await self._read_rest()
        return await self._outcome(
            "interrupted",
            output=self._translator.result(),
            interrupts=interrupts,
            resting=resting if self._saver.head else "idle",
        )

    async def _outcome(self, status: str, **known: Any) -> Outcome:
        return Outcome(
            status,
            values=await read_values(self._graph, self._saver, self._run["thread_id"]),
            hide_thread=self.spec.temporary,
            **known,
        )


async def read_open_questions(saver: RunCheckpointer, config: RunnableConfig) -> Interrupts:
    """Return the open interrupts of a thread whose graph is not at hand, by the ids of tasks."""
    latest = await saver.aget_tuple(config)
    writes = latest.pending_writes or [] if latest else []
    return {
        task: [interrupt_json(item) for item in value]
        for task, channel, value in writes
        if channel == INTERRUPT
    }


async def read_values(
    graph: Pregel | None, saver: RunCheckpointer, thread_id: UUID
) -> JsonObject | None:
    """Return the channels of the newest root checkpoint; None if the run has written none.

    They are at hand without a read, but for those of a graph with delta channels: what a
    checkpoint holds of these is rebuilt from the writes of its ancestors.
    """
    if graph is None or saver.head is None:
        return None
    if any(isinstance(channel, DeltaChannel) for channel in graph.channels.values()):
        return (await read_snapshot(graph, make_config(thread_id))).values
    values = saver.head["channel_values"]
    channels = graph.stream_channels_asis
    if isinstance(channels, str):
        return values.get(channels)
    return {name: values[name] for name in channels if name in values}


def make_command(command: JsonObject) -> Command:
    """Make a request's `command`: update, resume, and goto (names, Sends, or a list of both)."""
    goto = command.get("goto")
    targets = goto if isinstance(goto, list) else [goto] if goto else []
    update = command.get("update")
    if isinstance(update, list):
        update = [(name, value) for name, value in update]
    return Command(
        update=update,
        resume=command.get("resume"),
        goto=[Send(t["node"], t.get("input")) if isinstance(t, dict) else t for t in targets],
    )


def _split(chunk: Any, subgraphs: bool) -> tuple[tuple[str, ...], str, Any]:
    if subgraphs:
        ns, mode, value = chunk
        return ns, mode, value
    mode, value = chunk
    return (), mode, value
