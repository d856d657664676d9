"""Histories in which records are missing, doubled, moved in time, or say something else.

No server leaves such things behind, yet every check has an answer about each; and since a check is
a pure function, it stays the same, bit for bit. `said.json` shows what the checks say of histories
with one defect; here a digest has to do, for there are many more.

    python -m tests.checks.muddled

writes the digests anew, for whoever changes on purpose what a check counts or says.
"""

import hashlib
import json
from pathlib import Path
from random import Random

import msgspec

from onceproof.conformance.checks import CHECKS
from onceproof.conformance.history import Record
from tests.checks.record_edits import renumber
from tests.checks.scenario import simulate

FILE = Path(__file__).with_name("muddled.json")
SEEDS = range(120)
ENDS = ("ok", "fail", "info")


def muddle(history: list[Record], random: Random) -> list[Record]:
    """Return the history with up to sixty records changed, rare ones as often as others."""
    records = list(history)
    for _ in range(random.choice((3, 10, 30, 60))):
        kinds = sorted({(each.kind, each.op) for each in records})
        wanted = random.choice(kinds)
        alike = [n for n, each in enumerate(records) if (each.kind, each.op) == wanted]
        place = random.choice(alike)
        records[place : place + 1] = _edit(records[place], records[random.choice(alike)], random)
    return renumber(sorted(records, key=lambda each: each.t))


def _edit(record: Record, like: Record, random: Random) -> list[Record]:
    """Return what stands in the place of a record; `like` is another of its kind."""
    change = msgspec.structs.replace
    later = max(0, record.t + random.choice((-100_000, -1_000, 0, 1_000, 100_000)))
    match random.randrange(6):
        case 0:
            return []
        case 1:
            return [record, change(record, t=max(later, record.t))]
        case 2:
            return [change(record, t=later)]
        case 3:
            return [change(record, key=like.key)]
        case 4 if record.value and like.value:
            name = random.choice(sorted(record.value))
            new = like.value.get(name)
            if type(new) is type(record.value[name]):
                return [change(record, value={**record.value, name: new})]
        case _ if record.kind in ENDS:
            return [change(record, kind=random.choice(ENDS))]
    return [record]


def digest(seed: int) -> dict[str, str]:
    """Return a digest of what each check says of the history of a seed."""
    history = muddle(simulate(seed % 6), Random(seed))
    return {name: _digest(check(history)) for name, check in CHECKS.items()}


def _digest(said: object) -> str:
    text = json.dumps(msgspec.to_builtins(said), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


if __name__ == "__main__":
    every = [digest(seed) for seed in SEEDS]
    FILE.write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")
