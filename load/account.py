"""What became of the runs of one load process, in numbers and names."""

from dataclasses import dataclass, field

from onceproof.conformance.checks import CheckResult
from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.verdict import Verdict
from onceproof.load.session import Submission


@dataclass
class Account:
    """What became of the runs of one process.

    `lost`, `duplicated` and `unfinished` name runs by their nonces (lost and duplicated at most 32
    each; the numbers beside them count all), `run_ids` says what the server calls them. `failed`
    counts runs that ended in error, `unread` those that nobody could read at the end. `findings`
    are sentences of all checks, `undecided` why one of them could not judge.
    """

    accepted: int = 0
    unread: int = 0
    failed: int = 0
    lost: list[str] = field(default_factory=list)
    lost_count: int = 0
    duplicated: list[str] = field(default_factory=list)
    duplicated_count: int = 0
    unfinished: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    findings_count: int = 0
    undecided: dict[str, str] = field(default_factory=dict)
    run_ids: dict[str, str] = field(default_factory=dict)
    left_behind: int = 0


@dataclass
class Thread:
    """A thread of the ledger, and the status read of each run by its nonce (None: unknown run)."""

    thread_id: str
    submissions: list[Submission]
    statuses: dict[str, str | None] = field(default_factory=dict)


def take_account(results: list[CheckResult], threads: list[Thread]) -> Account:
    """Return what the checks found and what the server showed, put together."""
    by_name = {result.check: result for result in results}
    lost, duplicate = by_name["lost"], by_name["duplicate"]
    statuses = {nonce: s for thread in threads for nonce, s in thread.statuses.items()}
    unfinished = [n for n, s in statuses.items() if s is not None and s not in TERMINAL]
    lost_keys = [f.key for f in lost.findings if f.key not in set(unfinished)]
    duplicated = list(dict.fromkeys(f.key for f in duplicate.findings))
    submissions = [each for thread in threads for each in thread.submissions]
    named = {*lost_keys, *duplicated, *unfinished}
    return Account(
        accepted=sum(each.accepted or each.run_id is not None for each in submissions),
        unread=lost.counts.get("unread", 0),
        failed=sum(status == "error" for status in statuses.values()),
        lost=lost_keys,
        lost_count=max(0, lost.counts.get("findings", 0) - len(unfinished)),
        duplicated=duplicated,
        duplicated_count=len(duplicated) + _count_beyond_list(duplicate),
        unfinished=unfinished,
        findings=[f"{r.check}: {f.sentence}" for r in results for f in r.findings],
        findings_count=sum(r.counts.get("findings", 0) for r in results),
        undecided={r.check: r.reason or "" for r in (lost, duplicate) if _open(r)},
        run_ids={s.nonce: s.run_id for s in submissions if s.nonce in named and s.run_id},
    )


def _count_beyond_list(result: CheckResult) -> int:
    """Findings that a check counts beyond those it lists."""
    return result.counts.get("findings", 0) - len(result.findings)


def _open(result: CheckResult) -> bool:
    return result.verdict is Verdict.INCONCLUSIVE
