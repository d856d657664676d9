"""Where tests go that would disturb other clients of the target, or its record."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conformance.history import Recorder
from conformance.session import Session
from conformance.suite.deployments import second_deployment
from conformance.wire.client import Api
from conformance.wire.runs import Runs
from conformance.witness import Sink


@pytest.fixture(scope="package")
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


@pytest.fixture
async def unjudged(api: Api, tmp_path: Path) -> AsyncIterator[tuple[Runs, Sink]]:
    """Runs of the target with a history and a sink of their own, which no checker reads.

    A run that goes on after it was cancelled does what the checkers hold to be impossible: its
    steps begin after its end.
    """
    with Recorder(tmp_path / "history.jsonl") as history:
        sink = Sink(history)
        sink.start()
        made = Runs(api, history, sink.url)
        yield made, sink
        await made.clean_up()
        sink.stop()
