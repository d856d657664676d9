"""An attempt after a loss finds in its process what the first one found in its worker's."""

import json
from pathlib import Path

import httpx

from onceproof.conformance.app.manifest import read_manifest
from onceproof.conformance.app.server import AppServer

#: Its node kills the process of its first attempt, and uses the deployment's own parts in both.
GRAPH = """
import os
from pathlib import Path
from typing import TypedDict

from langgraph.graph import START, StateGraph
from langgraph_sdk import get_client

from own import OPEN

class State(TypedDict, total=False):
    opened: list[str]
    hosted: int

async def use(state):
    hosted = len(await get_client().assistants.search())
    marker = Path(__file__).with_name("marker")
    if not marker.exists():
        marker.touch()
        os._exit(9)
    return {"opened": list(OPEN), "hosted": hosted}

graph = StateGraph(State).add_node("use", use).add_edge(START, "use").compile()
"""

OWN = """
from contextlib import asynccontextmanager

from starlette.applications import Starlette

OPEN = []

@asynccontextmanager
async def lifespan(app):
    OPEN.append("pool")
    yield
    OPEN.clear()

app = Starlette(lifespan=lifespan)
"""


def test_the_lifespan_and_the_client_in_the_process_are_there_after_a_loss(tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(GRAPH, encoding="utf-8")
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    config = {
        "dependencies": ["."],
        "graphs": {"agent": "./agent.py:graph"},
        "http": {"app": "./own.py:app"},
    }
    path = tmp_path / "langgraph.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    with AppServer(read_manifest(path), tmp_path / "run") as server:
        body = {"assistant_id": "agent", "input": {}}
        answer = httpx.post(f"{server.url}/runs/wait", json=body, timeout=60)
    assert answer.json() == {"opened": ["pool"], "hosted": 1}
