"""Is there an order of these operations that a sequential object could have seen?

The depth-first search of Wing and Gong with Lowe's memo, as Porcupine has it: calls and returns in
the order of their times are a linked list; an operation whose call is met before any return may
be the next, and is lifted out of the list with its return; a return that is met means that its
operation had to come earlier, so the last choice is taken back. What was placed is a bit mask,
and (mask, state) is never tried twice. A read that may come next stays where it is: if there is an
order at all, there is one in which it comes next.

An operation without a return may take effect at any time after its call, or never. The search is
bounded by steps and not by seconds, so that it gives up at the same place on every machine.

Cost: exponential in the number of operations under way at once, linear in their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

BUDGET = 1_000_000


@dataclass(frozen=True, slots=True)
class Op:
    """One operation on one object. `ret` is None for one whose outcome nobody knows.

    `records` are the indices of its request and its answer.
    """

    kind: str
    arg: Any
    result: Any
    call: int
    ret: int | None
    records: tuple[int, ...] = ()


class Model(Protocol):
    """A sequential object: its first state (states can be hashed), and what an operation does."""

    @property
    def initial(self) -> Any: ...

    @property
    def reads(self) -> frozenset[str]:
        """The kinds of operations that never change an object once it is known what it is."""

    def step(self, state: Any, op: Op) -> tuple[bool, Any]:
        """Return whether `op` may happen in `state` with its result, and the state after it."""


@dataclass
class Found:
    """What a search came to: `legal` is None if it gave up.

    Where there is no order, and only there, `stuck` is the operation that has no place behind the
    longest one found, which left the object in `state`.
    """

    legal: bool | None
    steps: int
    stuck: Op | None = None
    state: Any = None


@dataclass(slots=True, eq=False)
class _Node:
    op: Op | None
    bit: int = 0
    ret: "_Node | None" = None
    is_call: bool = False
    before: "_Node | None" = None
    after: "_Node | None" = None


def linearize(ops: Sequence[Op], model: Model, budget: int = BUDGET) -> Found:
    """Search for an order of `ops` that the model allows and their times do not exclude."""
    head = _link(ops)
    state, placed = model.initial, 0
    seen: set[tuple[int, Any]] = set()
    chosen: list[tuple[_Node, Any, int]] = []
    deepest, stuck, left = -1, None, state
    node = head.after
    steps = 0
    while node is not None and node.op is not None:
        steps += 1
        if steps > budget:
            return Found(None, steps)
        if node.is_call:
            legal, following = model.step(state, node.op)
            if legal and (placed | node.bit, following) not in seen:
                seen.add((placed | node.bit, following))
                chosen.append((node, state, placed))
                _lift(node)
                state, placed = following, placed | node.bit
                node = head.after
            else:
                node = node.after
            continue
        if len(chosen) > deepest:
            deepest, stuck, left = len(chosen), node.op, state
        node = None
        while chosen and node is None:
            last, before, placed = chosen.pop()
            _put_back(last)
            # A read that was explained would not have been explained better by coming later.
            pure = last.op is not None and last.op.kind in model.reads and before == state
            node = None if pure else last.after
            state = before
        if node is None:
            return Found(False, steps, stuck, left)
    return Found(True, steps)  # nothing has to be placed any more


def _link(ops: Sequence[Op]) -> _Node:
    # At equal times calls come first: operations that only touch are concurrent.
    calls = [_Node(op, 1 << n, is_call=True) for n, op in enumerate(ops)]
    events: list[tuple[int, int, int, _Node]] = []
    for n, (op, call) in enumerate(zip(ops, calls, strict=True)):
        events.append((op.call, 0, n, call))
        if op.ret is not None:
            call.ret = _Node(op)
            events.append((op.ret, 1, n, call.ret))
    head = last = _Node(None)
    for *_, node in sorted(events, key=lambda event: event[:3]):
        last.after, node.before = node, last
        last = node
    return head


def _lift(call: _Node) -> None:
    for node in (call, call.ret):
        if node is not None:
            if node.before is not None:
                node.before.after = node.after
            if node.after is not None:
                node.after.before = node.before


def _put_back(call: _Node) -> None:
    for node in (call.ret, call):  # the reverse of lifting
        if node is not None:
            if node.before is not None:
                node.before.after = node
            if node.after is not None:
                node.after.before = node
