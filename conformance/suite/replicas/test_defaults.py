"""Replicas that start together agree on what every deployment has from the start."""

from collections import Counter
from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.replicas import require_two_replicas
from onceproof.conformance.wire.client import Api

ALL = {"metadata": {"created_by": "system"}, "limit": 100}


@requirement("REP-10")
async def test_the_default_assistants_are_there_once_and_the_same_on_every_replica(
    api: Api,
) -> None:
    require_two_replicas(api)
    shown = [await _defaults(api, at) for at in range(len(api.urls))]
    assert shown[0], "the deployment shows no assistant that it made itself"
    doubled = {graph: n for graph, n in Counter(shown[0].values()).items() if n > 1}
    same("graphs with several default assistants", doubled, {})
    for other in shown[1:]:
        same("default assistants on another replica", other, shown[0])


async def _defaults(api: Api, at: int) -> dict[str, Any]:
    """The graph of each default assistant, by its id."""
    found = expect(await api.post("/assistants/search", json=ALL, at=at))
    return {each["assistant_id"]: each["graph_id"] for each in found}
