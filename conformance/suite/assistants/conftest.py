"""What the tests of assistants share."""

from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.suite.kit.aside import aside, aside_history, aside_sink
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.wire.client import Api

__all__ = ["aside", "aside_history", "aside_sink"]


@pytest.fixture
async def assistants(api: Api) -> AsyncIterator[Assistants]:
    """Creates assistants, and deletes them when the test is over."""
    async with Assistants(api) as made:
        yield made
