"""A time limit for whole tests, far above what the slowest takes."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from onceproof.conformance.suite.kit.interruption import interruption
from onceproof.conformance.suite.kit.waiting import within

LIMIT_S = 300.0

Test = Callable[..., Awaitable[Any]]


def bounded(test: Test) -> Test:
    """The test, which fails when it has not come to its end after `LIMIT_S` seconds.

    Ctrl-C ends it at once.
    """

    @functools.wraps(test)
    async def limited(*args: Any, **named: Any) -> None:
        async with interruption.ends(), within(LIMIT_S, "the end of the test"):
            await test(*args, **named)

    return limited
