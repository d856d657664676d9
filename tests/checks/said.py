"""What every check said of the histories with one defect each, word for word.

    python -m tests.checks.said

writes `said.json` anew, for whoever changes a check's words or counts on purpose: the difference is
what a reader of a report will see. `recheck` has to arrive at the document that was written before.
"""

import json
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from onceproof.conformance.checks import run_all
from tests.checks import object_defects, stream_defects
from tests.checks.queue_defects import DEFECTS
from tests.checks.scenario import simulate

FILE = Path(__file__).with_name("said.json")
SEEDS = (0, 1)
#: Modules whose import adds to DEFECTS.
OTHERS = (object_defects, stream_defects)


def say(seed: int) -> dict[str, Any]:
    """Return the answers about an honest history, and of each defect those that differ."""
    honest = _answer(simulate(seed))
    said: dict[str, Any] = {"": honest}
    for name, (_, spoil) in sorted(DEFECTS.items()):
        answers = _answer(spoil(simulate(seed), Random(seed)))
        said[name] = {check: each for check, each in answers.items() if each != honest[check]}
    return said


def _answer(history: list[Any]) -> dict[str, Any]:
    return {each.check: msgspec.to_builtins(each) for each in run_all(history)}


if __name__ == "__main__":
    both = [say(seed) for seed in SEEDS]
    text = json.dumps(both, indent=1, sort_keys=True, ensure_ascii=False)
    FILE.write_text(f"{text}\n", encoding="utf-8")
