"""Runs beside the record, for threads whose ledger is not evidence.

The checkers take what a thread's ledger shows for what its runs committed, each step once. A
copy, a fork, a replay or an update of the state breaks that on purpose, and so does a thread that
is deleted before its run was read. What such tests do stands in a history of its own, which nobody
judges, with a sink of its own; errors of the API are still remembered with all others. A chapter
that needs it imports the fixtures into its conftest.

    aside        runs driven as `runs` does
    aside_sink   the witness of their executions
"""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest

from onceproof.conformance.history import Recorder
from onceproof.conformance.session import Session
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink


@pytest.fixture(scope="session")
def aside_history(session: Session) -> Iterator[Recorder]:
    # Each chapter that imports this fixture has its own, and a history is never appended to.
    with Recorder(session.folder / f"aside-{uuid4().hex[:8]}.jsonl") as made:
        yield made


@pytest.fixture(scope="session")
def aside_sink(aside_history: Recorder, session: Session) -> Iterator[Sink]:
    made = Sink(aside_history, host=session.sink.host)
    made.start()
    yield made
    made.stop()


@pytest.fixture
async def aside(api: Api, aside_history: Recorder, aside_sink: Sink) -> AsyncIterator[Runs]:
    async with Runs(api, aside_history, aside_sink.url) as made:
        yield made
