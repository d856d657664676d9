"""Assistants of graphs that a deployment no longer serves.

A second deployment serves two graphs, then one of them, then both again.
"""

import json
from pathlib import Path
from uuid import uuid4

from onceproof.conformance.probes import CONFIG
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect_refusal, same
from onceproof.conformance.suite.kit.assistants import Assistants, default_assistant_id
from onceproof.conformance.suite.kit.deployments import start_deployment
from onceproof.conformance.suite.kit.replicas import restart_all
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api

KEPT, REMOVED, NEVER_SERVED = "echo", "chain", "ticks"


@requirement("AST-25")
async def test_assistants_of_a_graph_that_is_not_served_are_hidden(session: Session) -> None:
    config = session.options.probes_in(session.folder / f"graphs-{uuid4().hex[:8]}")
    serve(config, KEPT, REMOVED)
    env = {"LANGGRAPH_CONFIG_PATH": str(config)}
    async with (
        start_deployment(session, env, worker_replicas=0) as deployment,
        Api(deployment.target.urls, guard=session.guard) as api,
    ):
        assistants, marker = Assistants(api), {"graphs": uuid4().hex}
        if (await api.get(f"/assistants/{default_assistant_id(NEVER_SERVED)}")).is_success:
            inconclusive("the target does not read its graphs from LANGGRAPH_CONFIG_PATH")
        kept = await assistants.new(KEPT, metadata=marker)
        removed = await assistants.new(REMOVED, metadata=marker)
        serve(config, KEPT)
        await restart_all(deployment.target)
        same("what a search finds", await assistants.search(metadata=marker), [kept])
        same("the assistant that is left", await assistants.get(kept["assistant_id"]), kept)
        for hidden in (removed["assistant_id"], default_assistant_id(REMOVED)):
            expect_refusal(await api.get(f"/assistants/{hidden}"), 404)
        serve(config, KEPT, REMOVED)
        await restart_all(deployment.target)
        same("the assistant that is back", await assistants.get(removed["assistant_id"]), removed)


def serve(config: Path, *graphs: str) -> None:
    """Write these graphs, and no others, into the configuration."""
    every = json.loads(CONFIG.read_text(encoding="utf-8"))["graphs"]
    served = {name: every[name] for name in graphs}
    config.write_text(
        json.dumps({**json.loads(config.read_text(encoding="utf-8")), "graphs": served}),
        encoding="utf-8",
    )
