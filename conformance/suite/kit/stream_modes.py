"""The stream modes, each with a probe that gives it something to say."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mode:
    """A graph and its input, and the names of the events that the mode streams of it."""

    graph: str
    input: dict[str, Any]
    names: frozenset[str]


def _mode(graph: str, *names: str, **input: Any) -> Mode:
    return Mode(graph, input, frozenset(names))


_GROWING = ("messages/metadata", "messages/partial", "messages/complete")

MODES = {
    "values": _mode("chain", "values", steps=2),
    "updates": _mode("chain", "updates", steps=2),
    "custom": _mode("ticks", "custom", total=3),
    "messages": _mode("chat", *_GROWING, text="two words"),
    "messages-tuple": _mode("chat", "messages", text="two words"),
    "events": _mode("chat", "events", text="two words"),
    "debug": _mode("chain", "debug", steps=2),
    "tasks": _mode("chain", "tasks", steps=2),
    "checkpoints": _mode("chain", "checkpoints", steps=2),
}
