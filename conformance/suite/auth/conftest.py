"""A deployment that asks who calls: the probes, and their auth module beside them.

callers   its clients, by the name they call under
alice     the client of an ordinary user, with `alice_runs`
bob       the client of another one
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest

from onceproof.conformance.session import Session
from onceproof.conformance.suite.auth.callers import ANYBODY, Callers
from onceproof.conformance.suite.kit.deployments import second_deployment
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

AUTH = {"path": "./auth.py:auth"}


@pytest.fixture(scope="package")
async def callers(session: Session) -> AsyncIterator[Callers]:
    """A target that we do not start has the auth module of the probes already, or is not judged."""
    async with AsyncExitStack() as stack:
        target = session.target
        if target.kind != "url":
            folder = session.folder / f"probes-with-auth-{uuid4().hex[:8]}"
            config = session.options.probes_in(folder)
            config.write_text(json.dumps(json.loads(config.read_text()) | {"auth": AUTH}))
            env = {"LANGGRAPH_CONFIG_PATH": str(config)}
            target = await stack.enter_async_context(second_deployment(session, env=env))
        made = await stack.enter_async_context(Callers(target.urls, session.history))
        # The reference server does read its langgraph.json: an open one has failed.
        if target.kind != "reference" and not await asks(made):
            not_applicable(
                "the target does not ask who calls, or not as conformance/probes/auth.py does: "
                "serve the probes with that module as 'auth' of their langgraph.json"
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


async def asks(callers: Callers) -> bool:
    """Whether the target refuses a stranger, and knows the users of the probes' auth module."""
    search = {"json": {"limit": 1}}
    strange = await callers(ANYBODY).post("/threads/search", **search)
    known = await callers("alice").post("/threads/search", **search)
    return strange.status_code == 401 and known.status_code == 200
