"""Real applications, as a deployment hosts them: nothing in them knows of onceproof."""

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CONFIG = HERE / "langgraph.json"
#: The file of each graph's inputs, and what else it is given.
INPUTS = {
    "agent": HERE / "inputs/agent.jsonl",
    "approval": HERE / "inputs/approval.json",
    "research": HERE / "inputs/research.json",
    "newest": HERE / "inputs/newest.json",
    "workflow": HERE / "inputs/workflow.json",
}
#: The same with one input in three that takes longer than the lease of a certification.
PATIENT = {graph: HERE / f"inputs/patient/{graph}.json" for graph in INPUTS}
ANSWERS = HERE / "inputs/answers.json"


def read_patient_inputs(graph: str, seconds: float) -> list[Any]:
    """Return inputs of which one in three takes so long."""
    text = PATIENT[graph].read_text().replace("takes 5 s", f"takes {seconds:g} s")
    values: list[Any] = json.loads(text.replace('"seconds": 5', f'"seconds": {seconds:g}'))
    return values


def options_for(graph: str) -> list[str]:
    """Return the options of `onceproof certify` that name a graph, its inputs and its answers.

    The suite, which has tests of its own, does not run beside it.
    """
    options = ["--suite-seconds", "0", "--assistant", graph, "--input", str(INPUTS[graph])]
    return options + (["--resume", str(ANSWERS)] if graph == "approval" else [])
