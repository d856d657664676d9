"""Writes the labelled corpus: generated logs in the format of Jepsen's etcd test, and their labels.

    python -m tests.checks.make_corpus

Small ones are labelled by brute force over all orders. Long ones are right by construction, or
wrong by one read of a value that had been overwritten before it was asked.
"""

from pathlib import Path
from random import Random

import msgspec

from onceproof.conformance.checks.search.linearize import Op
from tests.checks.etcd_log import write_log
from tests.checks.random_operations import REGISTER, brute_force, make_operations

FOLDER = Path(__file__).with_name("corpus")
SMALL = 100
LONG = 20


def honest(rng: Random, count: int, clients: int) -> list[Op]:
    """Clients that follow each other's effects, `clients` of them at once."""
    state, ops = None, []
    for n in range(count):
        at = 10 * n
        call, ret = at - rng.randrange(10 * clients), at + rng.randrange(10 * clients)
        kind, value = rng.choice(["read", "write", "cas"]), rng.randrange(5)
        arg = {"read": None, "write": value, "cas": (rng.randrange(5), value)}[kind]
        result = {"read": state, "write": None, "cas": kind == "cas" and state == arg[0]}[kind]
        if kind == "write" or (kind == "cas" and state == arg[0]):
            state = value
        ops.append(Op(kind, arg, result, call, ret))
    return ops


def stale(ops: list[Op]) -> list[Op]:
    """The same, and behind it two writes and a read of the first."""
    t = 1 + max(op.ret or 0 for op in ops)
    return [
        *ops,
        Op("write", 7, None, t, t + 1),
        Op("write", 8, None, t + 2, t + 3),
        Op("read", None, 7, t + 4, t + 5),
    ]


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    labels: dict[str, bool] = {}
    wanted = {True: SMALL // 2, False: SMALL // 2}
    seed = 0
    while any(wanted.values()):
        seed += 1
        ops = make_operations(Random(seed), 4 + seed % 4)
        legal = brute_force(ops, REGISTER)
        if wanted[legal]:
            wanted[legal] -= 1
            _write(f"generated_{len(labels):03}", ops, legal, labels)
    for n in range(LONG):
        ops = honest(Random(n), 100 + 10 * n, 2 + n % 4)
        bad = n % 2 == 1
        _write(f"generated_{len(labels):03}", stale(ops) if bad else ops, not bad, labels)
    text = msgspec.json.format(msgspec.json.encode(labels, order="deterministic"), indent=2)
    (FOLDER / "labels.json").write_bytes(text + b"\n")


def _write(name: str, ops: list[Op], legal: bool, labels: dict[str, bool]) -> None:
    labels[name] = legal
    (FOLDER / f"{name}.log").write_text(write_log(ops))


if __name__ == "__main__":
    main()
