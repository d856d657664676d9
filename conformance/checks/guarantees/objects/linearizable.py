"""Items of the store behave as if used by one client at a time.

Definition. The operations on each item have an order as `search.objects` defines it.
Cost: as there.
Assumes: all writes to an item that is judged are in the history. One of which somebody read what
nobody here wrote is left out (`foreign`), and so is an item that expires.
Lawful: reads that were not answered, or refused.
Blind to: writes by graphs to the same item; values that differ and have the same digest; keys
read through a search.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.checks.search.objects import judge_objects
from onceproof.conformance.history.record import Record

PLACE = 20
NOTHING = "nobody used an item of the store"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge each item by itself."""
    return judge_objects(history, "linearizable", "store", NOTHING)
