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
    to put an end to are among them. `surprises` are what went wrong besides.
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


_UNJUDGED = (Verdict.INCONCLUSIVE, Verdict.DISABLED, Verdict.NOT_JUDGED)


class Judged(Protocol):
    """What has a verdict."""

    @property
    def verdict(self) -> Verdict:
        """Its verdict."""


def describe_field(field: Field, outcome: str, oracles: Sequence[Judged]) -> str:
    """Return the one line that a field certification amounts to."""
    counts = Counter(each.verdict for each in oracles)
    unjudged = sum(counts[each] for each in _UNJUDGED)
    words = {Verdict.PASS: "pass", Verdict.WARN: "warn", Verdict.FAIL: "fail"}
    parts = ", ".join(f"{counts[each]} {word}" for each, word in words.items() if counts[each])
    judged = len(oracles) - unjudged
    surprises = f"; went wrong besides: {field.surprises[0]}" if field.surprises else ""
    return (
        f"field: {outcome} for {field.ended} of {field.accepted} runs of '{field.assistant}'; "
        f"{judged} of {len(oracles)} oracles judged{': ' if parts else ''}{parts}; "
        f"what only the probes can show is not judged here{surprises}"
    )
