"""What a run commits was written by its newest attempt (fencing).

Definition. A committed token is stale when the state shows that a newer execution had taken over:
- *out of order*: in the log of a read, a run's token is less than one committed before it;
- *rewritten*: two reads show different tokens for one (nonce, i): the ledger only ever grows, so
  a later commit replaced an earlier one (a zombie forked the state);
- *late*: the execution began after the run had been seen terminal.
Cost: O(n) and the total length of the logs read.
Assumes: tokens are handed out by one sink, in the order in which executions began; the thread was
not forked (time travel executes a step of the same nonce again, reads of it do not belong here).
Lawful: a commit by an execution during which a rival of the same step began, reported as a notice.
The sink sees beginnings, not claims: the rival with the greater token may be the zombie that began
the step late and was refused as it should be.
Blind to: a stale attempt that commits a whole run in place of its successor, unless the state was
also read in between; runs without a sink (token 0).
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.executions import Execution
from onceproof.conformance.checks.views.runs import Run
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.values import LedgerEntry

PLACE = 6
NEEDS = "lease-expired-while-alive"
NOTHING = "no read showed a log with tokens of the sink"

Commits = dict[tuple[str, int | str], tuple[int, Record]]


def check(history: Sequence[Record]) -> CheckResult:
    """Judge every log that was read, then every committed token."""
    notes, view, committed = Notebook("stale_commit"), View.of(history), Commits()
    for record, log in view.logs:
        _out_of_order(record, log, notes)
        for entry in log:
            _rewritten(record, entry, committed, notes)
    _late(committed, view.executions, view.runs, notes)
    superseded = _notice_rivals(committed, view.executions, notes)
    return notes.result(judged=len(committed), nothing=NOTHING, superseded=superseded)


def _out_of_order(record: Record, log: list[LedgerEntry], notes: Notebook) -> None:
    newest: dict[str, int] = {}
    for entry in log:
        nonce, token = entry["nonce"], entry["token"] or 0
        before = newest.get(nonce, 0)
        newest[nonce] = max(before, token)
        if 0 < token < before:
            notes.find(
                nonce,
                f"step {entry['i']} of run {nonce} was committed by the stale token {token}",
                expected=f"a token above {before}, which was committed before it",
                actual=str(token),
                records=(record.i,),
            )


def _rewritten(record: Record, entry: LedgerEntry, committed: Commits, notes: Notebook) -> None:
    key, token = (entry["nonce"], entry["i"]), entry["token"]
    known, shown = committed.setdefault(key, (token, record)) if token else (token, record)
    if known != token and shown is not record:
        notes.find(
            key[0],
            f"step {key[1]} of run {key[0]} was rewritten: two reads show different tokens",
            expected=f"token {known} in both",
            actual=f"token {known}, then {token}",
            records=(shown.i, record.i),
        )


def _late(
    committed: Commits, found: dict[int, Execution], submitted: dict[str, Run], notes: Notebook
) -> None:
    for (nonce, i), (token, record) in committed.items():
        seen = submitted[nonce].seen_terminal() if nonce in submitted else None
        execution = found.get(token)
        if execution is not None and seen is not None and execution.start > seen.t:
            notes.find(
                nonce,
                f"step {i} of run {nonce} began after the run had been seen terminal",
                expected="no commit of a run that has ended",
                actual=f"committed token {token}",
                records=(seen.i, execution.begun, record.i),
            )


def _notice_rivals(committed: Commits, found: dict[int, Execution], notes: Notebook) -> int:
    """Steps committed by an execution during which another one of the same step began."""
    newest: dict[tuple[str, str], Execution] = {}
    for execution in found.values():
        newest[execution.nonce, str(execution.step)] = execution
    count = 0
    for (nonce, i), (token, _) in committed.items():
        own, other = found.get(token), newest.get((nonce, str(i)))
        if own is not None and other is not None and own.start < other.start < own.stop:
            count += 1
            notes.notice(
                f"step {i} of run {nonce} is committed by token {token}, "
                f"during which token {other.token} began"
            )
    return count
