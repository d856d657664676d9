"""Whose fault it is that a value could not be read: a key, an entry, a kind that was not there.

`KeyError`, `IndexError`, `ValueError` and `TypeError` are what a test gets that reads an answer
with other contents than it should have. A slip of the harness raises the same, and must accuse
nobody. So the place decides, down to the expression that failed: answers are read by the suite and
by `conformance.wire`, in a look-up, an unpacking, a loop, a comparison or a conversion, or by a
library that reads for them. What else raises these is a slip of the harness:

    any other room of the harness      what it reads is its own
    a call with other arguments        which no target chose
    a look-up in a constant            a table of the module, which no answer fills
    `raise`, `await` and `with`        on purpose, or on something of ours
"""

import ast
import linecache
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from types import FrameType, TracebackType

from onceproof import conformance

ERRORS = (KeyError, IndexError, ValueError, TypeError)

#: Where answers are read.
READERS = ("suite", "wire")
#: Libraries that read answers, or convert what stands in them.
LIBRARIES = {
    *("_strptime", "base64", "datetime", "json", "uuid", "zoneinfo", "jsonschema", "msgspec"),
    *("langchain_core", "langgraph", "langgraph_sdk", "orjson"),
}
SIGNATURE = re.compile(r"[\w.<>]+\(\) (missing|takes|got (an unexpected|some|multiple)) ")
OURS = Path(conformance.__file__).resolve().parent

#: Line, last line, column and last column of a piece of source.
_Place = tuple[int | None, int | None, int | None, int | None]


def describe_misread(error: BaseException) -> str | None:
    """Return a sentence on what an answer of the target did not hold, None if it was no answer."""
    reading = find_misread(error)
    if reading is None:
        return None
    if isinstance(error, KeyError):
        return f"an answer of the target lacks {error}: {reading}"
    return f"an answer of the target is not what {reading} expects: {error}"


def find_misread(error: BaseException) -> str | None:
    """Return the expression that could not be read of what a target answered, None if it was
    another: a slip of the harness."""
    if not isinstance(error, ERRORS) or SIGNATURE.match(str(error)):
        return None
    steps = list(_walk(error.__traceback__))
    own = [number for number, step in enumerate(steps) if _room_of(step.tb_frame) is not None]
    if not own or _room_of(steps[own[-1]].tb_frame) not in READERS:
        return None
    return _find_reading(steps[own[-1]], steps[own[-1] + 1 :])


def _walk(at: TracebackType | None) -> Iterator[TracebackType]:
    while at is not None:
        yield at
        at = at.tb_next


def _room_of(frame: FrameType) -> str | None:
    """The room of the harness that a frame belongs to, None of a library."""
    path = Path(frame.f_code.co_filename).resolve()
    return path.relative_to(OURS).parts[0] if path.is_relative_to(OURS) else None


def _library_of(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _find_reading(step: TracebackType, beyond: Sequence[TracebackType]) -> str | None:
    """The source of what failed in this frame, None unless it reads something that came in."""
    node = _find_node(step)
    if isinstance(node, ast.Subscript):
        reads = not _is_constant(node.value, step.tb_frame)
    elif beyond:
        reads = _library_of(beyond[0].tb_frame) in LIBRARIES
    else:
        reads = not isinstance(node, ast.Raise | ast.Await | ast.With | ast.AsyncWith)
    return " ".join(ast.unparse(node).split()) if node is not None and reads else None


def _find_node(step: TracebackType) -> ast.expr | ast.stmt | None:
    """The expression that was evaluated, or the statement where it is no expression."""
    code = step.tb_frame.f_code
    place = next(islice(code.co_positions(), step.tb_lasti // 2, None))
    return _list_nodes(code.co_filename).get(place)


@cache
def _list_nodes(path: str) -> Mapping[_Place, ast.expr | ast.stmt]:
    """The nodes of a module by their places, the inner one where several have the same."""
    nodes = list(ast.walk(ast.parse("".join(linecache.getlines(path)))))
    found = {_place_of(node): node for node in nodes if isinstance(node, ast.expr | ast.stmt)}
    # What does not fit its names fails at these, which say nothing without their statement.
    assigned = [node for node in nodes if isinstance(node, ast.Assign)]
    unpacked = [(one, each) for each in assigned for one in each.targets if _has_names(one)]
    return {**found, **{_place_of(target): each for target, each in unpacked}}


def _has_names(target: ast.expr) -> bool:
    return isinstance(target, ast.Tuple | ast.List)


def _place_of(node: ast.expr | ast.stmt) -> _Place:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _is_constant(node: ast.expr, frame: FrameType) -> bool:
    return isinstance(node, ast.Name) and node.id.isupper() and node.id in frame.f_globals
