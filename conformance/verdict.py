"""The eight answers a requirement or a check can have, and how several become one.

Worst wins: ERROR > FAIL > WARN > INCONCLUSIVE > DISABLED > UNTESTED > NOT_APPLICABLE > PASS.
ERROR is the harness's own fault and stands above FAIL on purpose: evidence gathered by a broken
harness accuses nobody. Everything that is not a measured pass stands above PASS, so a skipped or
vacuous part can never make the whole look better than it was.
"""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """One answer, written the same in code, JSON, documents and on the command line."""

    PASS = "PASS"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNTESTED = "UNTESTED"
    DISABLED = "DISABLED"
    INCONCLUSIVE = "INCONCLUSIVE"
    WARN = "WARN"
    FAIL = "FAIL"
    ERROR = "ERROR"


_WEIGHT = {verdict: weight for weight, verdict in enumerate(Verdict)}


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of `verdicts`; UNTESTED for none at all, because nothing was measured."""
    return max(verdicts, key=_WEIGHT.__getitem__, default=Verdict.UNTESTED)
