"""Runs of assistants that were created a moment ago."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.replicas import require_two_replicas
from onceproof.conformance.suite.runs.ways import ask
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs


@requirement("REP-08")
async def test_a_new_assistant_is_usable_on_every_replica_at_once(api: Api, runs: Runs) -> None:
    here, there = require_two_replicas(api)
    for at, other in [(here, there), (there, here)]:
        body = {"graph_id": "echo", "config": {"configurable": {"made_at": at}}}
        made = expect(await api.post("/assistants", json=body, at=at))
        assistant_id = made["assistant_id"]
        try:
            shown = expect(await api.get(f"/assistants/{assistant_id}", at=other))
            same(f"the assistant on replica {other}", shown, made)
            values = expect(await ask(api, "wait", await runs.new_thread(), assistant_id, at=other))
        finally:
            await api.delete(f"/assistants/{assistant_id}")
        same("made_at in the run's config", values["config"]["configurable"].get("made_at"), at)
