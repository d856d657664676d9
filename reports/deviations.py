"""Known deviations: failures that a target's profile lists, so that CI can run despite them. Pure.

An entry excuses the FAIL or WARN of its requirement until it expires: the verdict stays, but does
not make the outcome `failed`, which is then `partial` at most. A list that nobody tends would hide
more and more, so every entry that does not speak of this run as it should makes it `failed`:

    known      FAIL or WARN, and not expired                        excused
    open       not selected and not failed, or the harness failed   left alone
    passed     the requirement passed                               rotten
    unknown    no requirement has the id                            rotten
    unjudged   a run of the whole suite did not judge it            rotten
    unseen     passed or unjudged, but the entry is intermittent    left alone
    expired    the day named by `expires` is over                   rotten

What fails only by a race may pass any single run; with `intermittent = true` only the last day
ends such an entry, and a server that has one is partial at best even in a run that did not see it.
Nothing excuses a run that was lost or duplicated under load.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from onceproof.conformance.verdict import Verdict
from onceproof.reports.results import Deviation, Requirement, ResultsError, Run, Standing

_BY_VERDICT: dict[Verdict, Standing] = {
    Verdict.FAIL: "known",
    Verdict.WARN: "known",
    Verdict.PASS: "passed",
    Verdict.ERROR: "open",
}

#: What is to be done about an entry, by its standing.
ROTTEN = {
    "passed": "it passed, so remove the entry",
    "unknown": "no requirement has this id, so correct or remove the entry",
    "unjudged": "the whole suite did not judge it, so remove the entry",
    "expired": "the entry expired on {expires}, so mend the target, or look again and renew it",
}


def weigh(
    deviations: Sequence[Deviation], requirements: Sequence[Requirement], run: Run
) -> list[Deviation]:
    """The entries, each with its standing in this run; ResultsError if it has no last day."""
    by_id = {requirement.id: requirement for requirement in requirements}
    return [
        msgspec.structs.replace(each, standing=_standing(each, by_id.get(each.id), run))
        for each in deviations
    ]


def known(weighed: Sequence[Deviation]) -> dict[str, Deviation]:
    """Those that excuse the requirement of their id."""
    return {each.id: each for each in weighed if each.standing == "known"}


def unseen(weighed: Sequence[Deviation]) -> list[str]:
    """The ids of failures that are known to come and go, and did not come in this run."""
    return [each.id for each in weighed if each.standing == "unseen"]


def rotten(weighed: Sequence[Deviation]) -> dict[str, list[str]]:
    """What is to be done about entries that no longer hold, and the ids that it is about."""
    found: dict[str, list[str]] = {}
    for each in weighed:
        if each.standing in ROTTEN:
            found.setdefault(sentence(each), []).append(each.id)
    return found


def sentence(deviation: Deviation) -> str:
    """What is wrong with an entry that is rotten."""
    what = ROTTEN[deviation.standing].format(expires=deviation.expires)
    return f"listed as a known deviation, but {what}"


def _standing(deviation: Deviation, requirement: Requirement | None, run: Run) -> Standing:
    expired = _day(run) > deviation.expires
    if run.only and not deviation.id.startswith(tuple(run.only)):
        failed = requirement is not None and _BY_VERDICT.get(requirement.verdict) == "known"
        return "known" if failed and not expired else "open"
    if requirement is None:
        return "unknown"
    if expired:
        return "expired"
    standing = _BY_VERDICT.get(requirement.verdict, "open" if run.only else "unjudged")
    return "unseen" if deviation.intermittent and standing in ("passed", "unjudged") else standing


def _day(run: Run) -> date:
    try:
        return date.fromisoformat(run.finished[:10])
    except ValueError:
        raise ResultsError(
            f"run.finished = {run.finished!r} is no time, so no deviation can expire; "
            "write it as 2026-03-14T09:08:07Z"
        ) from None
