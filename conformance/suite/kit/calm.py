"""Wait until no fault can be felt any more, before a test whose history must be judged.

A check excuses what a fault may have done until its recovery allowance is over, whichever test
injected it. A test that follows a fault at once would have its own history excused with it, and be
inconclusive on a fast target: what is judged would depend on what else was selected.
"""

import asyncio
import time

import pytest

from onceproof.conformance.checks.views.windows import find_last_end
from onceproof.conformance.session import Session

#: A target whose recovery takes longer is not waited for: its test is judged as far as it can be.
LONGEST_S = 30.0


@pytest.fixture
async def calm(session: Session) -> None:
    """Return when the recovery allowance of every fault so far is over, within LONGEST_S."""
    rest_s = (find_last_end(session.records()) - time.monotonic_ns()) / 1e9
    if 0 < rest_s <= LONGEST_S:
        await asyncio.sleep(rest_s)
