"""An id is given to one thread, however many clients create it at once.

Definition. The creations and deletions of each id have an order as `search.names` defines it.
Cost: as there.
Assumes: all creations and deletions of an id after the first of the history are in it; no two
threads of one id have the same `created_at`.
Lawful: an id that was taken before, by whomever; a creation or deletion of unknown outcome, which
took effect at any time or never.
Blind to: ids chosen by the server; what else of the thread `do_nothing` shows; an id
that expires, which is left out.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.checks.search.names import judge_ids
from onceproof.conformance.history.record import Record

PLACE = 22
NEEDS = "creations-raced"
NOTHING = "nobody created a thread by an id"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge each id by itself."""
    return judge_ids(history, "created_once", "thread", NOTHING)
