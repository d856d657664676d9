"""Versions of assistants are numbered and shown as if one client at a time had made them.

Definition. The operations on each assistant have an order as `search.objects` defines it.
Cost: as there.
Assumes: all writes to an assistant that is judged are in the history. One with more versions than
the history has updates of it is left out (`foreign`).
Lawful: reads that were not answered, or refused.
Blind to: versions read through a list.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.checks.search.objects import judge_objects
from onceproof.conformance.history.record import Record

PLACE = 24
NOTHING = "nobody used a version of an assistant"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge each assistant by itself."""
    return judge_objects(history, "version_order", "assistant", NOTHING)
