"""The graphs a target hosts for the harness: deterministic, no model, no network but the sink.

The folder stands by itself (LangGraph and the standard library are all it needs), so it can be
copied to where a target lives and served from its langgraph.json. What a graph does is scripted
by the input of the run, which its docstring lists; inputs that are left out have the default
given there. State outlives a run: what an earlier run of the thread was given still holds.
"""

import json
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
CONFIG = FOLDER / "langgraph.json"
GRAPHS: tuple[str, ...] = tuple(json.loads(CONFIG.read_text(encoding="utf-8"))["graphs"])

__all__ = ["CONFIG", "FOLDER", "GRAPHS"]
