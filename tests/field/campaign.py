"""Which broken servers are caught without probes: `python -m tests.field.campaign [MUTANT ...]`.

Runs mutants of `onceproof selftest`, those of the queue and its kin, behind four of the
applications, under the fault that each does not survive if there is one, and prints one row for
each: the oracles that found something, by graph. `honest` is the server as it is, under every
fault. docs/field-mode.md has the table.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.field.driver.drive import Account, drive
from onceproof.conformance.field.hands import FAULTS
from onceproof.conformance.field.inputs import load_values
from onceproof.conformance.field.oracles import ORACLES, judge_records
from onceproof.conformance.field.plan import FIRST, STRUCK, FieldPlan
from onceproof.conformance.history import Recorder, read
from onceproof.conformance.options import Options
from onceproof.conformance.runner.field_hands import SessionHands
from onceproof.conformance.session import Session
from tests.field.apps import ANSWERS, CONFIG, INPUTS, read_patient_inputs

SERVER = "{python} -m onceproof.conformance.selftest.server %s --role {role} --port {port}"
GRAPHS = ("agent", "approval", "research", "newest")
CALM = sum(FIRST.values())
HONEST = "honest"
#: A worker that is asked to end hands back what is not over by then.
ENV = (f"LANGGRAPH_CONFIG_PATH={CONFIG}", "BG_JOB_SHUTDOWN_GRACE_PERIOD_SECS=1")


@dataclass(frozen=True)
class Trial:
    """The faults that a server is put under, and how long its longest run takes, seconds."""

    faults: tuple[str, ...] = ()
    slow_s: float = 3.0


#: What brings the defect of a mutant about, where plain runs do not.
TRIALS = {
    "write_without_a_fence": Trial(("worker-stalled",) * 2),
    "never_extend_leases": Trial(slow_s=5.0),
    "leave_runs_to_their_leases": Trial(("worker-ended",) * 2, slow_s=5.0),
    "execute_suspects_among_others": Trial(("worker-killed",) * 2),
    "begin_later_attempts_anew": Trial(("worker-killed",) * 2),
    "extend_leases_through_redis": Trial(("redis-gone",) * 2, slow_s=8.0),
    "keep_the_queue_in_redis": Trial(("redis-restarted",) * 2),
    "ignore_cancels": Trial(slow_s=13.0),
    HONEST: Trial(tuple(FAULTS)),
}
#: Those whose defect can show in runs of any graph.
MUTANTS = (
    "acknowledge_before_commit",
    "begin_later_attempts_anew",
    "change_a_terminal_status",
    "claim_without_lock",
    "drop_events",
    "execute_suspects_among_others",
    "extend_leases_through_redis",
    "follow_runs_that_are_over",
    "ignore_cancels",
    "keep_the_queue_in_redis",
    "leave_runs_to_their_leases",
    "name_messages_anew",
    "never_extend_leases",
    "reject_by_an_early_look",
    "repeat_the_last_event",
    "roll_back_the_run_and_keep_its_state",
    "skip_an_event_after_a_cut",
    "take_all_state_with_a_run",
    "write_without_a_fence",
)


def judge_server(
    name: str, graphs: Sequence[str], folder: Path, trial: Trial | None = None
) -> Iterator[tuple[str, list[CheckResult]]]:
    """Run a mutant, or the honest server, and yield what the oracles say by graph."""
    options = Options(
        command=None if name == HONEST else SERVER % name,
        env=ENV,
        run_dir=folder / "run",
        stack="embedded",
        api_replicas=2,
    )
    with Session(options) as session:
        for graph in graphs:
            records = folder / f"{graph}.jsonl"
            _drive(session, graph, trial or TRIALS.get(name, Trial()), records)
            yield graph, judge_records(list(read(records)))


def _drive(session: Session, graph: str, trial: Trial, path: Path) -> None:
    answers = load_values("--resume", ANSWERS) if graph == "approval" else []
    plan = FieldPlan(
        graph,
        read_patient_inputs(graph, trial.slow_s),
        answers=answers,
        max_runs=CALM + STRUCK * len(trial.faults),
        seed=7,
        deadline_s=40,
    )
    with Recorder(path) as history:
        session.history, before = history, session.history
        try:
            hands = SessionHands(session)
            hands.faults = trial.faults
            account = Account()
            asyncio.run(drive(session.target.urls, history, plan, print, account, hands))
        finally:
            session.history = before
    print(*account.surprises, sep="\n")


def find_guilty(results: Sequence[CheckResult]) -> list[str]:
    """Return the oracles that found something, by their numbers."""
    return [f"F{ORACLES[each.check].number}" for each in results if each.findings]


def main(names: Sequence[str]) -> None:
    for name in names or MUTANTS:
        with tempfile.TemporaryDirectory() as folder:
            graphs = tuple(INPUTS) if name == HONEST else GRAPHS
            for graph, results in judge_server(name, graphs, Path(folder)):
                guilty = " ".join(find_guilty(results)) or "-"
                print(f"TABLE | {name} | {graph} | {guilty}", flush=True)
                for result in results:
                    for finding in result.findings[:1]:
                        print(f"    {result.check}: {finding.sentence}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
