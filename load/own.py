"""A graph of the operator's under load: what is sent to it, and how often.

Own inputs cost money, so the runs are counted, and there are no more of them than may be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from onceproof.conformance.errors import UsageError
from onceproof.conformance.field.inputs import load_object, load_values
from onceproof.conformance.field.shapes import Marks
from onceproof.conformance.history.values import Json
from onceproof.conformance.wire import any_graph

LIMIT = 40
ASSISTANT, INPUT = "ONCEPROOF_ASSISTANT", "ONCEPROOF_INPUT"
CONTEXT, CONFIG = "ONCEPROOF_CONTEXT", "ONCEPROOF_CONFIG"
MAX_RUNS, FIRST, ONCE = "ONCEPROOF_MAX_RUNS", "ONCEPROOF_FIRST_INPUT", "ONCEPROOF_ONCE_PER_INPUT"


@dataclass
class OwnGraph(any_graph.OwnGraph):
    """The operator's assistant, with what goes into every request and the marks of the runs."""

    limit: int = LIMIT
    context: Json | None = None
    config: Json | None = None
    marks: Marks = field(default_factory=lambda: Marks(f"load{uuid4().hex[:12]}"))

    def __post_init__(self) -> None:
        if not self.inputs:
            raise UsageError(f"{INPUT} holds no input: write one JSON value a line, or a list")

    def list_settings(self) -> Iterator[tuple[str, Json]]:
        """List what goes into every request besides its input."""
        yield from ((n, v) for n, v in (("context", self.context), ("config", self.config)) if v)


def find_own_graph(environ: Mapping[str, str]) -> OwnGraph | None:
    """Return the graph that the environment names, None if it names none.

    UsageError if its inputs are missing or cannot be used.
    """
    assistant = environ.get(ASSISTANT)
    if not assistant:
        return None
    if not environ.get(INPUT):
        raise UsageError(f"{ASSISTANT}={assistant} needs inputs of its own: set {INPUT} to a file")
    inputs, first = load_values(INPUT, Path(environ[INPUT])), _read_number(environ, FIRST, 0)
    limit = _read_number(environ, MAX_RUNS, LIMIT)
    if environ.get(ONCE):
        limit = max(0, min(limit, len(inputs) - first))
    context, config = (_read_object(environ, name) for name in (CONTEXT, CONFIG))
    return OwnGraph(assistant, inputs, first, limit, context=context, config=config)


def _read_object(environ: Mapping[str, str], name: str) -> Json | None:
    return load_object(name, Path(environ[name])) if environ.get(name) else None


def _read_number(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name) or str(default)
    if not value.isdigit():
        raise UsageError(f"{name}={value!r} is no number of runs: set it to one, such as {LIMIT}")
    return int(value)
