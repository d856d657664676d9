"""Real applications, as a deployment hosts them: nothing in them knows of onceproof."""

from pathlib import Path

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
ANSWERS = HERE / "inputs/answers.json"


def options_for(graph: str) -> list[str]:
    """Return the options of `onceproof certify` that name a graph, its inputs and its answers."""
    options = ["--assistant", graph, "--input", str(INPUTS[graph])]
    return options + (["--resume", str(ANSWERS)] if graph == "approval" else [])
