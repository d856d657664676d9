"""Where tests go that would disturb other clients of the target, or its record."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from onceproof.conformance.history import Recorder
from onceproof.conformance.runner.lanes import in_one_lane
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.deployments import start_deployment
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@pytest.fixture(scope="package")
@in_one_lane
async def one_slot(session: Session) -> AsyncIterator[Api]:
    """Provide a second deployment whose one worker executes one run at a time."""
    async with start_deployment(session, {"N_JOBS_PER_WORKER": "1"}) as deployment:
        yield deployment.api


@pytest.fixture
async def alone(one_slot: Api, session: Session) -> AsyncIterator[Runs]:
    """Runs on that deployment."""
    async with Runs(one_slot, session.history, session.sink.url) as made:
        yield made


@pytest.fixture
async def private_runs(
    api: Api, tmp_path: Path, session: Session
) -> AsyncIterator[tuple[Runs, Sink]]:
    """Runs of the target with a history and a sink of their own, which no checker reads.

    A run that goes on after it was cancelled does what the checkers hold to be impossible: its
    steps begin after its end.
    """
    with Recorder(tmp_path / "history.jsonl") as history:
        sink = Sink(history, host=session.sink.host)
        sink.start()
        async with Runs(api, history, sink.url) as made:
            yield made, sink
        sink.stop()
