"""What a value is when it comes back from the database, beside what it was.

Inside one attempt a graph keeps the objects that its nodes made. Whoever goes on after it, in
another process or in the next run, has what the serializer made of them: a dict where there was a
class derived from dict. With VERIFY_STATE a worker says so as it happens.
"""

import dataclasses
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: Types of theirs are not the application's to mend.
OF_LANGGRAPH = frozenset({"builtins", "langgraph", "langchain_core"})
MAX_LEVELS = 50


def find_changes(value: Any, back: Any, levels: int = MAX_LEVELS) -> Iterator[tuple[type, type]]:
    """Yield what comes back as another type, and as which; a tuple may come back as a list."""
    was, now = type(value), type(back)
    if was is not now and was.__module__.partition(".")[0] not in OF_LANGGRAPH:
        yield was, now
        return
    for one, two in _pair_parts(value, back) if levels else ():
        yield from find_changes(one, two, levels - 1)


def _pair_parts(value: Any, back: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, dict) and isinstance(back, dict):
        yield from ((value[key], back[key]) for key in value.keys() & back.keys())
    elif isinstance(value, list | tuple) and isinstance(back, list | tuple):
        yield from zip(value, back, strict=False)
    elif dataclasses.is_dataclass(value) or hasattr(value, "model_fields"):
        yield from _pair_parts(vars(value), vars(back)) if hasattr(value, "__dict__") else ()


def describe_type(kind: type) -> str:
    """Return the name of a type, and the file that defines it."""
    try:
        return f"{kind.__qualname__} ({Path(inspect.getfile(kind)).name})"
    except (TypeError, OSError):
        return kind.__qualname__
