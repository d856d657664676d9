"""What the tests of the store share."""

from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.wire.client import Api


@pytest.fixture
async def space(api: Api) -> AsyncIterator[Space]:
    """A part of the store for this test alone, emptied when the test is over."""
    async with Space(api) as made:
        yield made
