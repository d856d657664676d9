"""The nine answers a requirement or a check can have, and how several become one.

Worst wins: ERROR > FAIL > WARN > INCONCLUSIVE > DISABLED > NOT_JUDGED > UNTESTED > NOT_APPLICABLE >
PASS.
ERROR is the harness's own fault and stands above FAIL on purpose: evidence gathered by a broken
harness accuses nobody. NOT_JUDGED is what the target could not show for want of something that is
not its duty: a probe graph, hands, a permission, a second replica. What is not a measured pass
stands above PASS, so a skipped or vacuous part can never make the whole look better.
"""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """One answer, written the same in code, JSON, documents and on the command line."""

    PASS = "PASS"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNTESTED = "UNTESTED"
    NOT_JUDGED = "NOT_JUDGED"
    DISABLED = "DISABLED"
    INCONCLUSIVE = "INCONCLUSIVE"
    WARN = "WARN"
    FAIL = "FAIL"
    ERROR = "ERROR"


_WEIGHT = {verdict: weight for weight, verdict in enumerate(Verdict)}


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of `verdicts`; UNTESTED for none at all, because nothing was measured."""
    return max(verdicts, key=_WEIGHT.__getitem__, default=Verdict.UNTESTED)
