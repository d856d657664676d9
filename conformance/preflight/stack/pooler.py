"""Whether a pooler stands before Postgres that hands out another session for each transaction.

Two connections run empty transactions in turn and ask which process of the server they are served
by. Without a pooler, or with one in session mode, each keeps its own. Poolers give the session that
was returned last, or the one that was returned first, so the order is reversed once.
"""

import asyncio
from collections.abc import Sequence

import asyncpg

#: Which of the two connections begins first.
_ROUNDS = ((0, 1), (0, 1), (1, 0))
_TURN_S = 5.0


async def changes_sessions(connections: Sequence[asyncpg.Connection]) -> bool:
    """Return whether one of these two connections was served by more than one session;
    TimeoutError if one gets nothing while the other is in a transaction."""
    served: list[set[int]] = [set(), set()]
    for order in _ROUNDS:
        async with asyncio.timeout(_TURN_S):
            for each in order:
                await connections[each].execute("BEGIN READ ONLY")
                served[each].add(await connections[each].fetchval("SELECT pg_backend_pid()"))
            for each in order:
                await connections[each].execute("COMMIT")
    return any(len(pids) > 1 for pids in served)
