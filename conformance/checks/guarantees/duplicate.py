"""Each step of a run is committed once, and executed once while nothing is broken.

Definition. *Committed twice*: a read of the state shows more than one entry for one (nonce, i) in
its `log`. *Executed twice*: the sink saw more than one effect for one (nonce, key), and no fault
that concerns the run was active at any time between the two beginnings.
Cost: O(n) and the total length of the logs read.
Assumes: the probe's effect key names the step, and each create has a nonce of its own.
Lawful: a repeated execution without a second commit during a fault, or one that began after a
cancel or an interrupting create was asked for that may have hit the run (its step is executed again
when the thread goes on). Both are counted and reported as notices: node execution is at-least-once,
state is exactly-once.
Blind to: repeats that never reach the sink; a repeat that a fault elsewhere excuses although it
has another cause (name the `nonces` of a fault to narrow it).
"""

from collections import Counter
from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.checks.views.executions import Execution
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record

PLACE = 2
NOTHING = "the sink saw no effect and no read showed a log"


def check(history: Sequence[Record]) -> CheckResult:
    """Judge every log that was read and every effect."""
    notes, view = Notebook("duplicate"), View.of(history)
    commits = _commits(view, notes)
    effects, repeats = _effects(view, notes)
    return notes.result(
        judged=commits + effects, nothing=NOTHING, commits=commits, effects=effects, repeats=repeats
    )


def _commits(view: View, notes: Notebook) -> int:
    """Find doubled log entries; returns how many different entries were seen."""
    seen: set[tuple[str, int | str]] = set()
    for record, log in view.logs:
        keys = [(entry["nonce"], entry["i"]) for entry in log]
        seen.update(keys)
        if len(set(keys)) == len(keys):
            continue
        for key, count in Counter(keys).items():
            if count > 1:
                tokens = [e["token"] for e in log if (e["nonce"], e["i"]) == key]
                notes.find(
                    key[0],
                    f"step {key[1]} of run {key[0]} was committed {count} times",
                    expected="one entry in the log",
                    actual=f"{count} entries, of tokens {', '.join(map(str, tokens))}",
                    records=(record.i,),
                )
    return len(seen)


def _effects(view: View, notes: Notebook) -> tuple[int, int]:
    """Find repeated effects; returns how many there were and how many of them repeated one."""
    by_token = view.executions
    latest: dict[tuple[str, str], tuple[Record, Execution]] = {}
    lawful: Counter[str] = Counter()
    effects = repeats = 0
    for record in view.parts.signs:
        if record.op != "effect" and record.op != "once":
            continue
        execution = by_token.get(record.value["token"])
        if execution is None or record.key is None:
            continue
        effects += 1
        key = (record.key, str(record.value.get("key")))
        before = latest.get(key)
        latest[key] = (record, execution)
        if before is None:
            continue
        repeats += 1
        run = view.runs.get(record.key)
        start, stop = sorted((before[1].start, execution.start))
        cut = run is not None and run.disturbed_t is not None and stop >= run.disturbed_t
        if cut or view.windows.cover(record.key, start, stop, before[1].replica):
            lawful[record.key] += 1
        else:
            _find(key, (before[0], record), (before[1], execution), notes)
    for nonce, count in lawful.items():
        notes.notice(f"run {nonce}: {count} repeated executions during a fault or an interruption")
    return effects, repeats


def _find(
    key: tuple[str, str],
    records: tuple[Record, Record],
    by: tuple[Execution, Execution],
    notes: Notebook,
) -> None:
    notes.find(
        key[0],
        f"effect {key[1]!r} of run {key[0]} happened again while no fault was active",
        expected="one execution",
        actual=f"tokens {by[0].token} and {by[1].token}",
        records=(records[0].i, records[1].i),
    )
