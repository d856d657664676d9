"""What the tests of state share."""

import pytest

from onceproof.conformance.suite.kit.aside import aside, aside_history, aside_sink
from onceproof.conformance.suite.state.finished import FinishedChain, run_chain
from onceproof.conformance.wire.runs import Runs

__all__ = ["aside", "aside_history", "aside_sink"]


@pytest.fixture
async def finished_chain(aside: Runs) -> FinishedChain:
    """A thread on which a chain of three steps has finished."""
    return await run_chain(aside)
