"""The part of the results document that only a certification in field mode has."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import msgspec

from onceproof.conformance.verdict import Verdict


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """Which graph was judged by which runs.

    `schemas` is the digest of the assistant's schemas, null where the server shows none. `runs`
    were asked for, of which `accepted` were taken and `ended` seen over; runs that a second one was
    to put an end to are among them. `surprises` are what went wrong besides. `alone` is whether
    there were no probes for the suite beside it.
    """

    assistant: str
    plan: str
    seed: int
    schemas: str | None = None
    threads: int = 0
    runs: int = 0
    accepted: int = 0
    ended: int = 0
    surprises: list[str] = []
    alone: bool = True


#: The profile of oracles; all others are those of the register.
PROFILE = "field"

_UNJUDGED = (
    Verdict.INCONCLUSIVE,
    Verdict.DISABLED,
    Verdict.NOT_JUDGED,
    Verdict.UNTESTED,
    Verdict.NOT_APPLICABLE,
)


class Judged(Protocol):
    """What has a verdict."""

    @property
    def verdict(self) -> Verdict:
        """Its verdict."""

    @property
    def profile(self) -> str:
        """Its profile, which is `PROFILE` for an oracle."""

    @property
    def tests(self) -> Sequence[object]:
        """The tests that speak for it; none where an oracle does."""


def describe_field(field: Field, outcome: str, entries: Sequence[Judged]) -> str:
    """Return the one line that a field certification amounts to."""
    oracles = [each for each in entries if each.profile == PROFILE]
    requirements = [each for each in entries if each.profile != PROFILE]
    judged = list(filter(_has_verdict, oracles))
    surprises = f"; went wrong besides: {field.surprises[0]}" if field.surprises else ""
    rest = "what only the probes can show is not judged here"
    return (
        f"field: {outcome} for {field.ended} of {field.accepted} runs of '{field.assistant}'; "
        f"{len(judged)} of {len(oracles)} oracles judged{_count(judged)}; "
        f"{_describe_beside(requirements) if requirements else rest}{surprises}"
    )


def _describe_beside(requirements: Sequence[Judged]) -> str:
    judged = list(filter(_has_verdict, requirements))
    by_tests = sum(bool(each.tests) for each in judged)
    return (
        f"{len(judged)} of {len(requirements)} requirements judged ({by_tests} by tests, "
        f"{len(judged) - by_tests} by any graph){_count(judged)}; "
        "the rest needs the probes or hands"
    )


def _has_verdict(entry: Judged) -> bool:
    return entry.verdict not in _UNJUDGED


def _count(judged: Sequence[Judged]) -> str:
    counts = Counter(each.verdict for each in judged)
    words = {Verdict.PASS: "pass", Verdict.WARN: "warn", Verdict.FAIL: "fail"}
    parts = ", ".join(f"{counts[each]} {word}" for each, word in words.items() if counts[each])
    return f": {parts}" if parts else ""
