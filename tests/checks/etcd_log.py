"""Logs of Jepsen's etcd test, as Porcupine's corpus has them: a register with compare-and-set.

    INFO  jepsen.util - 0 :invoke :write 3
    INFO  jepsen.util - 1 :invoke :cas [3 4]
    INFO  jepsen.util - 0 :ok :write 3
    INFO  jepsen.util - 1 :fail :cas [3 4]
    INFO  jepsen.util - 2 :invoke :read nil
    INFO  jepsen.util - 2 :ok :read 3
    INFO  jepsen.util - 3 :info :write :timed-out

Places in the file are times. A failed write did not happen, a failed compare-and-set saw another
value, a failed read says nothing; what timed out may still happen.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from onceproof.conformance.checks.search.linearize import Op

LINE = re.compile(r"INFO\s+jepsen\.util\s+-\s+(\d+)\s+:(\w+)\s+:(\w+)\s+(.*\S)\s*$")
PAIR = re.compile(r"\[(\S+)\s+(\S+)\]")


@dataclass(frozen=True)
class Register:
    """`write` a value, `read` it, `cas` from one value to another; `result` of a cas is bool."""

    initial: Any = None
    reads: ClassVar[frozenset[str]] = frozenset({"read"})

    def step(self, state: Any, op: Op) -> tuple[bool, Any]:
        if op.kind == "write":
            return True, op.arg
        if op.kind == "read":
            return op.ret is None or op.result == state, state
        old, new = op.arg
        if op.ret is None:
            return True, new if state == old else state
        return op.result == (state == old), new if state == old else state


def operations(text: str) -> list[Op]:
    """The operations that a log tells of. ValueError for an answer that nobody waited for."""
    found: list[Op] = []
    under_way: dict[str, tuple[str, Any, int]] = {}
    for t, (process, outcome, kind, value) in enumerate(_lines(text)):
        if outcome == "invoke":
            under_way[process] = (kind, _value(kind, value), t)
            continue
        if process not in under_way:
            raise ValueError(f"line {t}: process {process} got an answer that it did not wait for")
        asked, arg, call = under_way.pop(process)
        if outcome == "info" and asked != "read":
            found.append(Op(asked, arg, None, call, None))
        elif outcome == "ok":
            result = _value(kind, value) if asked == "read" else asked == "cas" or None
            found.append(Op(asked, arg, result, call, t))
        elif outcome == "fail" and asked == "cas":
            found.append(Op(asked, arg, False, call, t))
    found += [Op(kind, arg, None, t, None) for kind, arg, t in under_way.values() if kind != "read"]
    return found


def write_log(ops: list[Op]) -> str:
    """Write the log of these operations, one process each."""
    lines: list[tuple[int, int, str]] = []
    for n, op in enumerate(ops):
        arg = "nil" if op.kind == "read" else _write_value(op.arg)
        lines.append((op.call, 0, f"{n} :invoke :{op.kind} {arg}"))
        if op.ret is None:
            continue
        failed = op.kind == "cas" and op.result is False
        shown = _write_value(op.result) if op.kind == "read" else arg
        lines.append((op.ret, 1, f"{n} :{'fail' if failed else 'ok'} :{op.kind} {shown}"))
    timed_out = [n for n, op in enumerate(ops) if op.ret is None]
    last = [f"{n} :info :{ops[n].kind} :timed-out" for n in timed_out]
    ordered = [line for *_, line in sorted(lines)] + last
    return "".join(f"INFO  jepsen.util - {line}\n" for line in ordered)


def _lines(text: str) -> Iterator[tuple[str, str, str, str]]:
    for line in text.splitlines():
        match = LINE.search(line)
        if match:
            process, outcome, kind, value = match.groups()
            yield process, outcome, kind, value


def _value(kind: str, text: str) -> Any:
    match = PAIR.match(text)
    if kind == "cas" and match:
        return (int(match[1]), int(match[2]))
    return int(text) if text.lstrip("-").isdigit() else None


def _write_value(value: Any) -> str:
    if value is None:
        return "nil"
    return f"[{value[0]} {value[1]}]" if isinstance(value, tuple) else str(value)
