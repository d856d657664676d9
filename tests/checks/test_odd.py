"""Whatever a server tells, all checks end in verdicts.

Honest histories, in which fields that come from the server hold something else that a record may
hold there (see `conformance.wire.sanitise`).
"""

from random import Random
from typing import Any

import msgspec
import pytest

from onceproof.conformance.checks import CHECKS, run_all
from onceproof.conformance.history import Record
from tests.checks.scenario import simulate

TEXTS = ("x", "", None, "[]", "success", "2-0")
NUMBERS = (None, 0, -1, 5, 7, 1 << 53)

#: By kind and operation: the values that each field may have.
TOLD: dict[tuple[str, str], dict[str, tuple[Any, ...]]] = {
    ("ok", "run.status"): {"status": TEXTS, "attempt": NUMBERS},
    ("ok", "run.create"): {"run_id": TEXTS, "thread_id": TEXTS},
    ("ok", "run.result"): {"log": (None, [])},
    ("ok", "thread.runs"): {"run_ids": ([], ["x", None])},
    ("ok", "thread.history"): {"chain": ([],)},
    ("ok", "thread.create"): {"result": TEXTS},
    ("ok", "assistant.update"): {"result": NUMBERS},
    ("ok", "assistant.get"): {"result": NUMBERS},
    ("ok", "store.get"): {"result": ("x", "absent")},
    ("snap", "final"): {"status": TEXTS, "thread_status": TEXTS, "log": (None, [])},
    ("event", "sub.event"): {
        "nonce": TEXTS,
        "name": ("x", "", "error", "end", "custom", "metadata"),
        "id": TEXTS,
        "seq": NUMBERS,
        "total": NUMBERS,
        "token": NUMBERS,
        "h": TEXTS,
    },
}
LISTS = ("log", "chain")


def odd(history: list[Record], random: Random) -> list[Record]:
    """The history with something else in up to a hundred fields."""
    places = [n for n, r in enumerate(history) if (r.kind, r.op) in TOLD and r.value]
    for place in random.choices(places, k=random.choice((1, 2, 5, 20, 100))):
        record = history[place]
        may_be = TOLD[record.kind, record.op]
        name = random.choice(list(may_be))
        value = dict(record.value)
        if name in LISTS and value.get(name) and random.random() < 0.8:
            value[name] = _odd_entry(value[name], random)
        else:
            value[name] = random.choice(may_be[name])
        history[place] = msgspec.structs.replace(record, value=value)
    return history


def _odd_entry(entries: list[dict[str, Any]], random: Random) -> list[dict[str, Any]]:
    copied = [dict(entry) for entry in entries]
    entry = random.choice(copied)
    name = random.choice(list(entry))
    texts = ("x", "", "after") if name != "token" else ()
    entry[name] = random.choice((*texts, *(() if name == "nonce" else (0, -1, 99))))
    return [*copied, random.choice(copied)]


@pytest.mark.parametrize("seed", range(40))
def test_every_check_ends_in_a_verdict(seed: int) -> None:
    history = odd(list(simulate(seed % 4)), Random(seed))
    assert [result.check for result in run_all(history)] == list(CHECKS)
