"""A deployment with a single worker slot, for what would disturb other clients of the target."""

from collections.abc import AsyncIterator

import pytest

from conformance.session import Session
from conformance.suite.deployments import second_deployment
from conformance.wire.client import Api
from conformance.wire.runs import Runs


@pytest.fixture(scope="session")
async def one_slot(session: Session) -> AsyncIterator[Api]:
    """A second deployment of the target whose one worker executes one run at a time."""
    async with (
        second_deployment(session, env={"N_JOBS_PER_WORKER": "1"}) as target,
        Api(target.urls, session.history) as api,
    ):
        yield api


@pytest.fixture
async def alone(one_slot: Api, session: Session) -> AsyncIterator[Runs]:
    """Runs on that deployment."""
    made = Runs(one_slot, session.history, session.sink.url)
    yield made
    await made.clean_up()
