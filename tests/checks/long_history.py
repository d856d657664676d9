"""Honest histories of any length, written to a file: simulated certifications one after the other.

Each piece is a simulation of its own seed whose names, tokens and times are moved out of the way
of the pieces before it, so that no more than one of them is ever in memory.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from onceproof.conformance.history import Record, Recorder
from tests.checks.scenario import simulate

PIECE_RECORDS = 200_000
RECORDS_PER_RUN = 137  # what one more plain run with one more watched stream adds, about
NAMES = frozenset({"nonce", "thread_id", "run_id"})
LISTS = frozenset({"nonces", "run_ids"})


def write(path: Path, records: int) -> int:
    """Write a history of about that many records; returns how many they are."""
    with Recorder(path) as recorder:
        for r in long_history(records):
            recorder.add(r.kind, r.op, who=r.who, key=r.key, value=r.value, t=r.t)
            count = r.i + 1
    return count


def long_history(records: int) -> Iterator[Record]:
    """Pieces of equal size that follow each other, numbered and stamped as one history."""
    i = t = token = 0
    pieces = max(1, round(records / PIECE_RECORDS))
    for seed in range(pieces):
        piece = simulate(seed, plain=max(1, records // pieces // RECORDS_PER_RUN))
        start, tokens = t, token
        for record in sorted(piece, key=lambda each: each.t):
            t = start + record.t
            value = _move(record.value, f"p{seed}.", tokens)
            token = max(token, value.get("token") or 0)
            if "call_t" in value:
                value["call_t"] += start
            key = record.key and f"p{seed}.{record.key}"
            who = f"p{seed}.{record.who}"
            yield msgspec.structs.replace(record, i=i, t=t, who=who, key=key, value=value)
            i += 1


def _move(value: dict[str, Any], prefix: str, tokens: int) -> dict[str, Any]:
    moved = dict(value)
    for name in NAMES & moved.keys():
        if moved[name] is not None:
            moved[name] = prefix + moved[name]
    if moved.get("token"):
        moved["token"] += tokens
    for names in LISTS & moved.keys():
        moved[names] = [prefix + name for name in moved[names]]
    if moved.get("log"):
        moved["log"] = [_move(entry, prefix, tokens) for entry in moved["log"]]
    return moved
