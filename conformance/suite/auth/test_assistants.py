"""Who may run an assistant."""

from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.matrix import Probe, ask, demand
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs


@pytest.fixture
async def assistant(alice: Api) -> AsyncIterator[str]:
    """The id of an assistant of alice's."""
    async with Assistants(alice) as made:
        yield (await made.new("echo"))["assistant_id"]


@requirement("AUT-11")
async def test_a_foreign_assistant_is_not_run(
    bob: Api, bob_runs: Runs, assistant: str, observe: Observed
) -> None:
    body = {"assistant_id": assistant, "input": {}}
    mine = f"/threads/{await bob_runs.new_thread()}/runs"
    paths = [root + end for root in (mine, "/runs") for end in ("", "/wait", "/stream")]
    probes = [Probe("POST", path, {"json": body}) for path in paths]
    probes.append(Probe("POST", "/runs/batch", {"json": [body]}))
    answers = await ask(bob, probes)
    demand(answers, "403 or 404", lambda response: response.status_code in (403, 404))
    observe(f"run of a foreign assistant: {answers[0][1].status_code}")
    runs = expect(await bob.get(mine))
    assert not runs, f"{len(runs)} runs of a foreign assistant were accepted"


@requirement("AUT-11")
async def test_its_owner_runs_it(alice_runs: Runs, assistant: str) -> None:
    """Otherwise a server that runs only its default assistants would pass."""
    await alice_runs.wait(await alice_runs.new_thread(), assistant, {})


@requirement("AUT-11")
async def test_a_default_assistant_is_run_by_everybody(bob_runs: Runs) -> None:
    await bob_runs.wait(await bob_runs.new_thread(), "echo", {})
