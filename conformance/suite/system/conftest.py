"""What the tests of the system share, and which of them runs last."""

from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

LAST = "test_every_error.py"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the tests that judge all errors of the run behind all others."""
    items.sort(key=lambda item: item.path.name == LAST)


@pytest.fixture
async def thread(runs: Runs) -> str:
    """The id of a new thread."""
    return await runs.new_thread()


@pytest.fixture
async def assistants(api: Api) -> AsyncIterator[Assistants]:
    """Creates assistants, and deletes them when the test is over."""
    async with Assistants(api) as made:
        yield made


@pytest.fixture
async def space(api: Api) -> AsyncIterator[Space]:
    """A part of the store for this test alone, emptied when the test is over."""
    async with Space(api) as made:
        yield made


@pytest.fixture
async def assistant(assistants: Assistants) -> str:
    """The id of a new assistant."""
    return (await assistants.new())["assistant_id"]
