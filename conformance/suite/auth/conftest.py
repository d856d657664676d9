"""A deployment with authentication: the probes, with their auth module.

callers   its clients, by name
alice     the client of an ordinary user, with `alice_runs`
bob       the client of another user, with `bob_runs`
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from onceproof.conformance.runner.lanes import in_one_lane
from onceproof.conformance.session import Session
from onceproof.conformance.suite.auth.callers import ANYBODY, Callers
from onceproof.conformance.suite.kit.deployments import start_deployment
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

AUTH = {"path": "./auth.py:auth"}


@pytest.fixture(scope="package")
@in_one_lane
async def callers(session: Session) -> AsyncIterator[Callers]:
    """Provide clients of a deployment with the probes' auth module.

    A target that onceproof does not start must have the module already, or is not judged.
    """
    async with AsyncExitStack() as stack:
        target = session.target
        if target.offers("second-deployment"):
            folder = session.folder / f"probes-with-auth-{uuid4().hex[:8]}"
            config = session.options.probes_in(folder)
            config.write_text(
                json.dumps(json.loads(config.read_text(encoding="utf-8")) | {"auth": AUTH}),
                encoding="utf-8",
            )
            env = {"LANGGRAPH_CONFIG_PATH": str(config)}
            second = await stack.enter_async_context(start_deployment(session, env))
            target = second.target
        callers = Callers(target.urls, session.history, session.guard)
        made = await stack.enter_async_context(callers)
        # The reference server reads its langgraph.json, so if it is open, it has failed.
        if not target.offers("auth") and not await knows_probe_users(made):
            not_applicable(
                "the target does not authenticate callers as conformance/probes/auth.py does: "
                "serve the probes with that module as 'auth' in their langgraph.json"
            )
        yield made


@pytest.fixture
def alice(callers: Callers) -> Api:
    return callers("alice")


@pytest.fixture
def bob(callers: Callers) -> Api:
    return callers("bob")


@pytest.fixture
async def alice_runs(alice: Api, session: Session) -> AsyncIterator[Runs]:
    async with Runs(alice, session.history, session.sink.url) as made:
        yield made


@pytest.fixture
async def bob_runs(bob: Api, session: Session) -> AsyncIterator[Runs]:
    async with Runs(bob, session.history, session.sink.url) as made:
        yield made


async def knows_probe_users(callers: Callers) -> bool:
    """Return whether the target refuses strangers and accepts users of the probes' auth module."""
    search = {"json": {"limit": 1}}
    strange = await callers(ANYBODY).post("/threads/search", **search)
    known = await callers("alice").post("/threads/search", **search)
    return strange.status_code == 401 and known.status_code == 200
