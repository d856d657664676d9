"""Failures that share a cause, as far as their evidence shows it: a line for each cause. Pure.

One proxy that holds back streams fails twenty requirements, and one account that is not let in
another ten. What is alike in their evidence, whatever the ids, paths and numbers in it, is taken
for one cause: the same exception, the same status of a whole class, or the same sentence. It is a
guess where to begin, so every failure keeps its own verdict and evidence.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.results import Requirement, Results
from onceproof.reports.text import join_names, one_line, visible

#: The fault of a process that ended by itself.
DIED = "process-died"
#: So much of a line of evidence tells its kind, in characters.
_HEAD = 400
_BAD = (Verdict.ERROR, Verdict.FAIL, Verdict.WARN)
_STATUS = re.compile(
    r"answered (?P<plain>[45]\d\d), but|(?:Client|Server) error '(?P<raised>[45]\d\d)\b"
    r"|was refused: (?P<refused>[45]\d\d)\b"
)
_EXCEPTION = re.compile(r"\b(?:[a-z]\w*\.)*(?P<name>[A-Z]\w*(?:Error|Timeout|Exception))\b")
_TLS_FAILURE = re.compile(r"\[SSL|SSLError|CERTIFICATE_VERIFY_FAILED")
#: How a connection ends when there is nobody behind it, or nobody any more.
_CUT = re.compile(
    r"ConnectError|ConnectionRefused|Connection refused|ConnectionReset|RemoteProtocolError"
    r"|ReadError|connection attempts failed"
)
#: A word, a part of a path or a quoted text with a digit in it: an id, a number, a value.
_PARTICULAR = re.compile(r"'[^']*\d[^']*'|[^\s/]*\d[^\s/]*")


@dataclass(frozen=True)
class Kind:
    """What evidence of one kind has in common, in words, and what to do about it."""

    words: str
    advice: str


_LATE = Kind(
    "answers did not come in time",
    "look for a proxy that holds back answers, or for a server that is stuck (onceproof doctor)",
)
_UNREACHED = Kind(
    "connections were refused or broke",
    "look into the target's logs whether one of its processes has died",
)
_TLS = Kind(
    "TLS failed", "name the authority of the target's certificate by --ca, or mend what ends TLS"
)
_REFUSED = Kind(
    "requests were not let in ({status})",
    "give what lets them in by --header, or look at the server's authentication",
)
_BROKEN = Kind(
    "the server failed ({status})", "look for the traceback in the server's logs at that time"
)
_ALIKE = Kind("", "begin with the first: {replay}")


@dataclass(frozen=True)
class Cause:
    """Failures that are alike: the first of them, all their ids, and what to do.

    `sentence` is what they have in common, and `example` the evidence of the first.
    """

    sentence: str
    example: str
    ids: Sequence[str]
    advice: str


def group_causes(results: Results) -> list[Cause]:
    """Return the causes that several failures share: those that fail most come first."""
    checks = evidence.checks_by_name(results)
    groups: dict[tuple[Kind, str], list[tuple[Requirement, str]]] = {}
    for requirement in filter(_is_failure, results.requirements):
        # Whatever a target says: the patterns below take quadratic time on one endless word.
        headline = evidence.headline(requirement, checks)[:_HEAD]
        groups.setdefault(classify(headline), []).append((requirement, headline))
    shared = [(key, group) for key, group in groups.items() if len(group) > 1]
    shared.sort(key=lambda each: (-_count_binding(each[1]), -len(each[1])))
    causes = [_describe(kind, detail, group) for (kind, detail), group in shared]
    return [_name_dead(cause, results) for cause in causes]


def list_single(results: Results, causes: Sequence[Cause]) -> list[tuple[Requirement, str]]:
    """List the failures that share their cause with no other, each with its evidence in a line."""
    shared = {id for cause in causes for id in cause.ids}
    checks = evidence.checks_by_name(results)
    return [
        (each, one_line(evidence.headline(each, checks)))
        for each in evidence.list_failures(results)
        if each.id not in shared
    ]


def index_first(causes: Sequence[Cause]) -> dict[str, str]:
    """Return for each failure that is like an earlier one the id of the first of them."""
    return {id: cause.ids[0] for cause in causes for id in cause.ids[1:]}


def classify(headline: str) -> tuple[Kind, str]:
    """Return of which kind a line of evidence is, and what tells it from others of that kind."""
    if _TLS_FAILURE.search(headline):
        return _TLS, ""
    if _CUT.search(headline):
        return _UNREACHED, ""
    if status := _find_status(headline):
        if status in ("401", "403"):
            return _REFUSED, status
        if status.startswith("5"):
            return _BROKEN, status
    elif exception := _EXCEPTION.search(headline):
        if "Timeout" in exception["name"]:
            return _LATE, ""
        return _ALIKE, exception["name"]
    return _ALIKE, " ".join(_PARTICULAR.sub("#", headline).split())


def _name_dead(cause: Cause, results: Results) -> Cause:
    """Broken connections have a cause where a process of the target is known to have died."""
    dead = [fault.replica or "a process" for fault in results.faults if fault.fault == DIED]
    dead += results.chaos.fallen if results.chaos else []
    if not dead or cause.sentence != _UNREACHED.words:
        return cause
    names = join_names(map(visible, dict.fromkeys(dead)))
    return replace(cause, sentence=f"{cause.sentence}; ended by itself: {names}")


def _find_status(headline: str) -> str | None:
    found = _STATUS.search(headline)
    return found and next(filter(None, found.groups()))


def _is_failure(requirement: Requirement) -> bool:
    return requirement.verdict in _BAD and requirement.deviation is None


def _count_binding(group: Sequence[tuple[Requirement, str]]) -> int:
    return sum(requirement.verdict is not Verdict.WARN for requirement, _ in group)


def _describe(kind: Kind, detail: str, group: Sequence[tuple[Requirement, str]]) -> Cause:
    first, headline = group[0]
    example = one_line(headline)
    replay = one_line(first.replay or f"the same command with --only {first.id}", 300)
    return Cause(
        sentence=kind.words.format(status=detail) or example,
        example=example,
        ids=tuple(requirement.id for requirement, _ in group),
        advice=kind.advice.format(replay=replay),
    )
