"""What a check answers, and the notebook it writes its findings into.

Verdicts of a check: FAIL with at least one finding, else INCONCLUSIVE when there was nothing to
judge or not all of it could be judged (the reason says which), else PASS.
"""

from dataclasses import dataclass, field

from onceproof.conformance.history.record import Record
from onceproof.conformance.verdict import Verdict

CAP = 32


@dataclass(frozen=True)
class Finding:
    """One broken promise: a sentence, what should have been seen, what was, and where.

    `key` is the run or subscription, `records` are indices into the history, which `history`
    names where there are several.
    """

    check: str
    key: str
    sentence: str
    expected: str
    actual: str
    records: tuple[int, ...]
    history: str = ""


@dataclass(frozen=True)
class CheckResult:
    """The answer of one check. `counts["findings"]` counts also those beyond the first 32."""

    check: str
    verdict: Verdict
    findings: tuple[Finding, ...]
    counts: dict[str, int]
    notices: tuple[str, ...]
    reason: str | None


@dataclass
class Notebook:
    """Collects findings and notices, keeps the first 32 of each and counts the rest.

    The same sentence about the same key is one finding, however often it is met.
    """

    check: str
    guilty: Verdict = Verdict.FAIL
    findings: list[Finding] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    noticed: int = 0
    _said: set[tuple[str, str]] = field(default_factory=set)

    def find(
        self, key: str, sentence: str, *, expected: str, actual: str, records: tuple[int, ...]
    ) -> None:
        """Write down a broken promise."""
        if (key, sentence) in self._said:
            return
        self._said.add((key, sentence))
        if len(self.findings) < CAP:
            finding = Finding(self.check, key, sentence, expected, actual, records)
            self.findings.append(finding)

    def accuse(
        self,
        record: Record,
        sentence: str,
        *,
        expected: str,
        actual: str,
        before: Record | None = None,
    ) -> None:
        """Write down that `record`, seen after `before`, cannot stand."""
        records = (record.i,) if before is None else (before.i, record.i)
        key = record.key or record.who
        self.find(key, sentence, expected=expected, actual=actual, records=records)

    def notice(self, sentence: str) -> None:
        """Write down what is lawful and still worth reading."""
        self.noticed += 1
        if len(self.notices) < CAP:
            self.notices.append(sentence)

    def result(
        self, *, judged: int, nothing: str, open_reason: str | None = None, **counts: int
    ) -> CheckResult:
        """Close the notebook.

        `judged` counts what was looked at; `nothing` is the reason when that is 0; `open_reason`
        says what could not be judged although it should have been.
        """
        if self.noticed > CAP:
            self.notices.append(f"and {self.noticed - CAP} more notices")
        reason = nothing if not judged else open_reason
        innocent = Verdict.INCONCLUSIVE if reason else Verdict.PASS
        verdict = self.guilty if self._said else innocent
        totals = {"judged": judged, **counts, "findings": len(self._said)}
        return CheckResult(
            self.check, verdict, tuple(self.findings), totals, tuple(self.notices), reason
        )


def shorten(values: list[int], limit: int = 8) -> str:
    """Shorten a list of numbers: `4, 5, 6 and 12 more`."""
    shown = ", ".join(map(str, values[:limit]))
    rest = len(values) - limit
    return f"{shown} and {rest} more" if rest > 0 else shown
