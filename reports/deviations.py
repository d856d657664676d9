"""Known deviations: failures that a target's profile lists, so that CI can pass despite them. Pure.

An entry excuses the FAIL or WARN of its requirement until it expires: the verdict stays, but the
outcome is `partial` at best instead of `failed`. A list that nobody maintains would hide more and
more, so every entry that does not fit this run makes it `failed`:

    known      FAIL or WARN, and not expired                        excused
    open       not selected and not failed, NOT_JUDGED, or ERROR    left alone
    passed     the requirement passed                               rotten
    unknown    no requirement has the id                            rotten
    unjudged   a run of the whole suite did not judge it            rotten
    unseen     passed or unjudged, but the entry is intermittent    left alone
    expired    the day named by `expires` is over                   rotten

What fails only in a race may pass in any single run: an entry with `intermittent = true` ends only
when it expires, and until then a server that has one is partial at best, even if this run did not
see the failure.
Nothing excuses a run that was lost or duplicated under load.
"""

from collections.abc import Sequence
from datetime import date

from onceproof.conformance.register.deviation import KnownDeviation
from onceproof.conformance.verdict import Verdict
from onceproof.reports.results import Deviation, Requirement, ResultsError, Run, Standing

_BY_VERDICT: dict[Verdict, Standing] = {
    Verdict.FAIL: "known",
    Verdict.WARN: "known",
    Verdict.PASS: "passed",
    Verdict.ERROR: "open",
    Verdict.NOT_JUDGED: "open",
}

#: What is to be done about an entry, by its standing.
ROTTEN = {
    "passed": "it passed, so remove the entry",
    "unknown": "no requirement has this id, so correct or remove the entry",
    "unjudged": "the whole suite did not judge it, so remove the entry",
    "expired": "the entry expired on {expires}, so fix the target, or review and renew the entry",
}


def weigh(
    deviations: Sequence[KnownDeviation], requirements: Sequence[Requirement], run: Run
) -> list[Deviation]:
    """Return the entries, each with its standing in this run.

    Raises ResultsError if the run has no day on which an entry could expire.
    """
    by_id = {requirement.id: requirement for requirement in requirements}
    return [
        Deviation(
            id=each.id,
            reason=each.reason,
            link=each.link,
            expires=each.expires,
            intermittent=each.intermittent,
            standing=_standing(each, by_id.get(each.id), run),
        )
        for each in deviations
    ]


def index_excuses(weighed: Sequence[Deviation]) -> dict[str, Deviation]:
    """Return by id the entries that excuse a failure."""
    return {each.id: each for each in weighed if each.standing == "known"}


def list_unseen(weighed: Sequence[Deviation]) -> list[str]:
    """Return the ids of intermittent failures that did not occur in this run."""
    return [each.id for each in weighed if each.standing == "unseen"]


def find_rotten(weighed: Sequence[Deviation]) -> dict[str, list[str]]:
    """Return what is to be done about entries that no longer hold, with their ids."""
    found: dict[str, list[str]] = {}
    for each in weighed:
        if each.standing in ROTTEN:
            found.setdefault(describe_rot(each), []).append(each.id)
    return found


def describe_rot(deviation: Deviation) -> str:
    """Return what is wrong with an entry that no longer holds."""
    what = ROTTEN[deviation.standing].format(expires=deviation.expires)
    return f"listed as a known deviation, but {what}"


def _standing(deviation: KnownDeviation, requirement: Requirement | None, run: Run) -> Standing:
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
            f"run.finished = {run.finished!r} is not a time, so no deviation can expire; "
            "write it as 2026-03-14T09:08:07Z"
        ) from None
