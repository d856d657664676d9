"""Which broken servers are caught without probes: `python -m tests.field.campaign [MUTANT ...]`.

Runs each mutant of `tests/mutants` behind three of the applications and prints one row for each:
the oracles that found something, by graph. docs/field-mode.md has the table.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.field.driver.drive import Account, drive
from onceproof.conformance.field.inputs import load_values
from onceproof.conformance.field.oracles import ORACLES, judge_records
from onceproof.conformance.field.plan import FieldPlan
from onceproof.conformance.history import Recorder, read
from onceproof.conformance.options import Options
from onceproof.conformance.session import Session
from tests.field.apps import ANSWERS, CONFIG, INPUTS
from tests.mutants.test_mutants import MUTANTS

RUN = Path(__file__).parents[1] / "mutants" / "run.py"
GRAPHS = ("agent", "approval", "research")


def judge_server(
    mutant: str | None, graphs: Sequence[str], folder: Path, max_runs: int = 13
) -> Iterator[tuple[str, list[CheckResult]]]:
    """Run a mutant, or the honest server, and yield what the oracles say by graph."""
    command = f"{{python}} {RUN} {mutant} --role {{role}} --port {{port}}" if mutant else None
    env = (f"LANGGRAPH_CONFIG_PATH={CONFIG}",)
    options = Options(command=command, env=env, run_dir=folder / "run", stack="embedded")
    with Session(options) as session:
        for graph in graphs:
            answers = load_values("--resume", ANSWERS) if graph == "approval" else []
            plan = FieldPlan(
                graph,
                load_values("--input", INPUTS[graph]),
                answers=answers,
                max_runs=max_runs,
                seed=7,
                deadline_s=25,
            )
            path = folder / f"{graph}.jsonl"
            with Recorder(path) as recorder:
                asyncio.run(drive(session.target.urls, recorder, plan, print, Account()))
            yield graph, judge_records(list(read(path)))


def find_guilty(results: Sequence[CheckResult]) -> list[str]:
    """Return the oracles that found something, by their numbers."""
    return [f"F{ORACLES[each.check].number}" for each in results if each.findings]


def main(names: Sequence[str]) -> None:
    for name in names or MUTANTS:
        with tempfile.TemporaryDirectory() as folder:
            for graph, results in judge_server(name, GRAPHS, Path(folder)):
                guilty = " ".join(find_guilty(results)) or "-"
                print(f"TABLE | {name} | {graph} | {guilty}", flush=True)
                for result in results:
                    for finding in result.findings[:1]:
                        print(f"    {result.check}: {finding.sentence}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
