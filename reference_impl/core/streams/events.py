"""From what a graph streams to the events of the wire format."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict

from langchain_core.messages import BaseMessage, BaseMessageChunk, message_chunk_to_message
from langgraph.types import Interrupt

from onceproof.reference_impl.encoding import JsonObject

INTERRUPT = "__interrupt__"

#: The stream modes a client may ask for, and what LangGraph calls them.
MODES = {
    "values": "values",
    "updates": "updates",
    "custom": "custom",
    "messages": "messages",
    "messages-tuple": "messages",
    "tasks": "tasks",
    "checkpoints": "checkpoints",
    "debug": "debug",
}
#: Made from LangChain's callback events rather than from a LangGraph stream mode.
EVENTS = "events"


#: What names a checkpoint, in a config and by itself.
ADDRESS = ("thread_id", "checkpoint_ns", "checkpoint_id", "checkpoint_map")


class InterruptJson(TypedDict):
    """An interrupt as the API shows it."""

    id: str
    value: Any


#: Unanswered interrupts by the id of the task that raised them.
Interrupts = dict[str, list[InterruptJson]]


def graph_modes(asked: Sequence[str]) -> list[str]:
    """Return LangGraph's modes for those asked for, and `values`, which holds the output."""
    return sorted({"values", *(MODES[mode] for mode in asked if mode in MODES)})


class Translator:
    """Turns a run's chunks into named events, and remembers the output they amount to."""

    def __init__(self, asked: Sequence[str]):
        self._asked = frozenset(asked)
        self._messages: dict[str, BaseMessageChunk] = {}
        self._described: set[str] = set()
        self.output: Any = None
        self.interrupts: list[Interrupt] = []
        self.interrupted = False

    def translate(self, ns: tuple[str, ...], mode: str, chunk: Any) -> Iterator[tuple[str, Any]]:
        """Yield the events that one chunk stands for; a subgraph's path follows the mode."""
        if not ns:
            self._remember(mode, chunk)
        suffix = "".join(f"|{segment}" for segment in ns)
        for name, payload in self._name_events(mode, chunk):
            yield name + suffix, payload

    def result(self) -> Any:
        """Return the answer of wait and join: the last values, and what interrupted the run."""
        if not self.interrupts:
            return {} if self.output is None else self.output
        state = self.output if isinstance(self.output, dict) else {}
        return {**state, INTERRUPT: [interrupt_json(i) for i in self.interrupts]}

    def _remember(self, mode: str, chunk: Any) -> None:
        found = chunk.get(INTERRUPT) if isinstance(chunk, dict) else None
        if mode in ("values", "updates") and found is not None:
            self.interrupted = True
            known = {i.id for i in self.interrupts}
            self.interrupts += [i for i in found if i.id not in known]
        if mode == "values":
            self.output = without_interrupts(chunk)

    def _name_events(self, mode: str, chunk: Any) -> Iterator[tuple[str, Any]]:
        if mode == "messages":
            yield from self._message(*chunk)
        elif mode in self._asked:
            yield mode, name_checkpoints(mode, plain_interrupts(chunk))

    def _message(self, message: BaseMessage, metadata: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        if "messages-tuple" in self._asked:
            yield "messages", [message, metadata]
        if "messages" not in self._asked:
            return
        key = message.id or ""
        if key not in self._described:
            self._described.add(key)
            yield "messages/metadata", {key: {"metadata": metadata}}
        if isinstance(message, BaseMessageChunk):
            so_far = self._messages.get(key)
            whole: Any = message if so_far is None else so_far + message
            self._messages[key] = whole
            yield "messages/partial", [message_chunk_to_message(whole)]
        else:
            yield "messages/complete", [message]


def interrupt_json(interrupt: Interrupt) -> InterruptJson:
    """Describe an interrupt as the API does."""
    return {"id": interrupt.id, "value": interrupt.value}


def read_address(config: Mapping[str, Any] | None) -> JsonObject | None:
    """Return the checkpoint a config names; None if it names none."""
    configurable = (config or {}).get("configurable", {})
    if not configurable.get("checkpoint_id"):
        return None
    return {key: configurable[key] for key in ADDRESS if key in configurable}


def name_checkpoints(mode: str, chunk: Any) -> Any:
    """Return what describes a checkpoint with its name and its parent's, as in a history."""
    if mode == "debug" and chunk.get("type") == "checkpoint":
        return {**chunk, "payload": name_checkpoints("checkpoints", chunk["payload"])}
    if mode != "checkpoints":
        return chunk
    config, parent = chunk.get("config"), chunk.get("parent_config")
    named = {"checkpoint": read_address(config), "parent_checkpoint": read_address(parent)}
    return {**chunk, **named}


def plain_interrupts(chunk: Any) -> Any:
    """Return the chunk with its interrupts as plain objects."""
    if isinstance(chunk, dict) and INTERRUPT in chunk:
        return {**chunk, INTERRUPT: [interrupt_json(i) for i in chunk[INTERRUPT]]}
    return chunk


def without_interrupts(chunk: Any) -> Any:
    """Return the chunk without its interrupts."""
    if isinstance(chunk, dict) and INTERRUPT in chunk:
        return {key: value for key, value in chunk.items() if key != INTERRUPT}
    return chunk
