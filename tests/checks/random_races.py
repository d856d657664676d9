"""Random races for ids and for the ends of runs, with their definitions spelled out."""

from dataclasses import dataclass
from itertools import product
from math import inf
from random import Random
from typing import ClassVar

from onceproof.conformance.checks.search.linearize import Op
from onceproof.conformance.checks.search.models import SOMETHING, UNKNOWN
from onceproof.conformance.history.vocabulary import ABSENT

State = tuple[str, frozenset[str]]


@dataclass(frozen=True)
class Id:
    """What is called by an id, and everything that ever was; no two of them are alike."""

    initial: State = (UNKNOWN, frozenset())
    reads: ClassVar[frozenset[str]] = frozenset()

    def step(self, state: State, op: Op) -> tuple[bool, State]:
        there, ever = state
        free = there in (UNKNOWN, ABSENT)
        if op.kind == "delete":
            return True, (ABSENT, ever)
        if op.kind == "refused":
            return there != ABSENT, (SOMETHING if free else there, ever)
        if op.ret is None:
            return True, (SOMETHING if free else there, ever)
        if op.arg == "do_nothing" and there == op.result:
            return True, state
        hidden = op.arg == "do_nothing" and there == SOMETHING
        return (free or hidden) and op.result not in ever, (op.result, ever | {op.result})


def make_creations(rng: Random, count: int) -> list[Op]:
    """Make creations and deletions of one id, each at an instant, or some with random answers."""
    effects = sorted((rng.randrange(3 * count), n) for n in range(count))
    honest, there, shown = rng.random() < 0.5, rng.choice([None, "before"]), ["before"]
    ops = []
    for at, n in effects:
        call, ret = at - rng.randrange(6), at + rng.randrange(6)
        kind, rule = rng.choice(["create"] * 3 + ["delete"]), rng.choice(["raise", "do_nothing"])
        lied = not honest and rng.random() < 0.3
        if kind == "delete":
            there = None
            ops.append(Op("delete", None, None, call, ret))
            continue
        refused = (there is not None) is not lied and rule == "raise"
        there = there or f"made {n}"
        shown.append(f"made {n}")
        if refused:
            ops.append(Op("refused", rule, None, call, ret))
        elif rng.random() < 0.15:
            ops.append(Op("create", rule, None, call, None))
        else:
            shown_id = f"made {n}" if rule == "raise" else rng.choice(shown) if lied else there
            ops.append(Op("create", rule, shown_id, call, ret))
    return ops


def make_ending(rng: Random, count: int) -> list[Op]:
    """Make reports of a run that ends, and that may be deleted, or some random ones."""
    end, gone = rng.randrange(8, 24), rng.choice([inf, rng.randrange(30)])
    status, honest = rng.choice(["success", "interrupted"]), rng.random() < 0.5
    ops = []
    if gone < inf:
        ret = None if rng.random() < 0.3 else int(gone) + rng.randrange(6)
        ops.append(Op("delete", None, None, int(gone) - rng.randrange(6), ret))
    for at in sorted(rng.randrange(32) for _ in range(count)):
        span = (at - rng.randrange(6), at + rng.randrange(6))
        shown = "running" if at < min(end, gone) else status if at < gone else None
        if not honest and rng.random() < 0.3:
            shown = rng.choice(["running", "success", "interrupted"])
        if shown != "running" and rng.random() < 0.5:
            ops.append(Op("over", None, None, *span))
        elif shown is not None:
            ops.append(Op("read", None, shown, *span))
    return ops


def one_end_explains(ops: list[Op]) -> bool:
    """Return whether some instants of the end and the deletion explain all reports."""
    deletions = [op for op in ops if op.kind == "delete"]
    instants = [*sorted({t for op in ops for t in (op.call, op.ret) if t is not None}), inf]
    return any(
        all(_allows(op, end, gone, status) for op in ops if op.kind != "delete")
        for end, gone, status in product(instants, instants, ["success", "interrupted"])
        if all(_possible(op, gone) for op in deletions) and (deletions or gone == inf)
    )


def _possible(deletion: Op, gone: float) -> bool:
    return deletion.call <= gone and (deletion.ret is None or gone <= deletion.ret)


def _allows(op: Op, end: float, gone: float, status: str) -> bool:
    ret = inf if op.ret is None else op.ret
    if op.kind == "over":
        return ret >= min(end, gone)
    if op.result == "running":
        return op.call <= min(end, gone)
    return op.result == status and max(op.call, end) <= min(ret, gone)
