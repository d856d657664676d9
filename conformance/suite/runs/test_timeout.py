"""Runs that exceed the time limit, in a second deployment that allows two seconds."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.deployments import start_deployment
from onceproof.conformance.suite.kit.reads import Observed, read_thread_status
from onceproof.conformance.suite.kit.waiting import within
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

LIMIT_S = 2
#: How long after the limit a run may still end.
GRACE_S = 10


@pytest.fixture(scope="module")
async def hasty_api(session: Session) -> AsyncIterator[Api]:
    env = {"BG_JOB_TIMEOUT_SECS": str(LIMIT_S), "N_JOBS_PER_WORKER": "1"}
    async with start_deployment(session, env) as deployment:
        yield deployment.api


@pytest.fixture
async def hasty(hasty_api: Api, session: Session) -> AsyncIterator[Runs]:
    """Runs on a deployment with one worker slot and little time."""
    async with Runs(hasty_api, session.history, session.sink.url) as made:
        yield made


@requirement("RUN-34")
async def test_a_run_that_takes_too_long_times_out_and_frees_its_slot(
    hasty: Runs, sink: Sink
) -> None:
    thread_id = await hasty.new_thread()
    long = await hasty.create(thread_id, "slow", {"seconds": 60})
    await sink.async_wait_for(long.nonce, "begin")
    short = await hasty.create(await hasty.new_thread(), "chain", {"steps": 1})
    same("status of the run", await hasty.until_terminal(long, LIMIT_S + GRACE_S), "timeout")
    same("status of the thread", await read_thread_status(hasty.api, thread_id), "error")
    same("status of the next run", await hasty.until_terminal(short, GRACE_S), "success")
    same("effects of the run", [one.effects for one in sink.executions(long.nonce)], [[]])


@requirement("RUN-35")
async def test_a_timeout_closes_the_stream_and_answers_the_wait(
    hasty: Runs, observe: Observed
) -> None:
    thread_id = await hasty.new_thread()
    async with within(LIMIT_S + GRACE_S, "the end of the stream and the answer of join"):
        async with hasty.stream(thread_id, "slow", {"seconds": 60}) as sub:
            joining = asyncio.create_task(hasty.join(sub.handle))
            events = await sub.collect()
        body = await joining
    same("how the stream ended", sub.stream.ended, "eof")
    names = {event.name for event in events}
    observe(f"stream of a run that timed out: {'an' if 'error' in names else 'no'} error event")
    form = "__error__" if "__error__" in body else "the last values"
    observe(f"join of a run that timed out: {form}")
    same("status of the run", await hasty.until_terminal(sub.handle), "timeout")
