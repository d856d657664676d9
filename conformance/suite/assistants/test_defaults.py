"""The assistants that exist from the start: one for each graph."""

import json
from collections import Counter
from typing import Any

from onceproof.conformance.probes import CONFIG
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.assistants import Assistants, default_assistant_id
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.targets import Target
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.client import Api

SYSTEM = {"created_by": "system"}


@requirement("AST-01")
async def test_each_graph_has_exactly_one_default_assistant(
    api: Api, assistants: Assistants, target: Target
) -> None:
    found = await list_default_assistants(assistants)
    counts = Counter(each["graph_id"] for each in found)
    same("graphs with several defaults", {g: n for g, n in counts.items() if n > 1}, {})
    probes = load_probe_graphs() - api.guard.missing
    # Which graphs are registered is known of a target that we start; yours may be beside them.
    if target.offers("second-deployment") and probes & set(counts):
        same("probe graphs without a default assistant", probes - set(counts), set())
    same("versions of default assistants", {each["version"] for each in found}, {1})


@requirement("AST-02")
async def test_the_id_of_a_default_assistant_follows_from_its_graph(
    assistants: Assistants,
) -> None:
    wrong = [
        f"{each['graph_id']}: {each['assistant_id']}"
        for each in await list_default_assistants(assistants)
        if each["assistant_id"] != default_assistant_id(each["graph_id"])
    ]
    assert not wrong, f"ids that are not the UUID version 5 of their graph: {', '.join(wrong)}"


@requirement("AST-02")
async def test_every_replica_knows_the_default_assistant_by_that_id(api: Api) -> None:
    graph = any_graph()
    path = f"/assistants/{default_assistant_id(graph)}"
    for place in range(len(api.urls)):
        same("its graph", expect(await api.get(path, at=place))["graph_id"], graph)


async def list_default_assistants(assistants: Assistants) -> list[dict[str, Any]]:
    """List all default assistants."""
    found = await assistants.search(metadata=SYSTEM, limit=1000)
    if not found:
        raise AssertionError("no assistant has metadata.created_by=system, but each graph should")
    if len(found) == 1000:
        inconclusive("there are more system assistants than fit on a page")
    return found


def load_probe_graphs() -> set[str]:
    """Load the names of the graphs that a target started by onceproof serves."""
    return set(json.loads(CONFIG.read_text(encoding="utf-8"))["graphs"])
