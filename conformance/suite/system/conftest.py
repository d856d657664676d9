"""What the tests of the system share, and which of them runs last."""

import pytest

from onceproof.conformance.suite.kit.assistants import Assistants, assistants
from onceproof.conformance.suite.kit.store_space import space
from onceproof.conformance.wire.runs import Runs

__all__ = ["assistants", "space"]

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
async def assistant(assistants: Assistants) -> str:
    """The id of a new assistant."""
    return (await assistants.new())["assistant_id"]
