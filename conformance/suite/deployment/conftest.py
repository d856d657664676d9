"""One pair of deployments for the whole chapter."""

from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.session import Session
from onceproof.conformance.suite.deployment.pair import Pair, start_pair


@pytest.fixture(scope="session")
async def pair(session: Session) -> AsyncIterator[Pair]:
    async with start_pair(session) as made:
        yield made
