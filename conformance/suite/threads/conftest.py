"""What the tests of threads share."""

import json
from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.history import Recorder
from onceproof.conformance.runner.lanes import in_one_lane
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.aside import aside, aside_history, aside_sink
from onceproof.conformance.suite.kit.deployments import start_deployment
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

__all__ = ["aside", "aside_history", "aside_sink"]

#: The run time limit there, and the time to live of threads (in minutes, as in its configuration).
TIMEOUT_S = 3
TTL_MIN = 0.15
SWEEP_MIN = 0.02


@pytest.fixture(scope="session")
@in_one_lane
async def hasty_api(session: Session, aside_history: Recorder) -> AsyncIterator[Api]:
    """Provide a second deployment, where runs time out and threads expire soon."""
    ttl = {"strategy": "delete", "default_ttl": TTL_MIN, "sweep_interval_minutes": SWEEP_MIN}
    env = {"BG_JOB_TIMEOUT_SECS": str(TIMEOUT_S), "LANGGRAPH_THREAD_TTL": json.dumps(ttl)}
    async with start_deployment(session, env, history=aside_history) as deployment:
        yield deployment.api


@pytest.fixture
async def hasty(hasty_api: Api, aside_history: Recorder, aside_sink: Sink) -> AsyncIterator[Runs]:
    """Runs on that deployment."""
    async with Runs(hasty_api, aside_history, aside_sink.url) as made:
        yield made
