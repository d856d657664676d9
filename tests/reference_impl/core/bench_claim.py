"""What a claim costs while few or very many runs are pending.

    python -m tests.reference_impl.core.bench_claim

Prints the median of a claim and its plan, for each number of pending runs, and the ratio to the
smallest. Postgres is the embedded one; nothing else is measured.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import asyncpg

from onceproof.conformance.stacks import open_stack
from onceproof.reference_impl import database, sql
from onceproof.reference_impl.core.queue import Queue
from onceproof.reference_impl.core.run import Outcome

PENDING = (100, 10_000, 100_000)
CLAIMS = 200
AT_ONCE = 1

FILL = """
with made as (
    insert into thread (thread_id, status) select gen_random_uuid(), 'busy'
    from generate_series(1, $1) returning thread_id
)
insert into run (run_id, thread_id, assistant_id, status, multitask_strategy, ready, due)
select gen_random_uuid(), thread_id, gen_random_uuid(), 'pending', 'enqueue', true, now() from made
"""


class Silent:
    """A broker whom nobody hears: notices are not what is measured."""

    async def notify(self, topic: str, payload: str = "") -> None: ...

    async def end(self, run_id: Any, answer: Any = None) -> None: ...


async def claim_ms(pool: asyncpg.Pool, queue: Queue) -> float:
    """The median of a claim; each claimed run is ended, so that as many stay pending."""
    spent = []
    for _ in range(CLAIMS):
        start = time.perf_counter()
        runs = await queue.claim(AT_ONCE, "bench")
        spent.append(1000 * (time.perf_counter() - start))
        for run in runs:
            await queue.finish(run, Outcome("success"))
        await pool.execute(FILL, len(runs))
    return statistics.median(spent)


async def plan(pool: asyncpg.Pool) -> str:
    """How Postgres finds what to claim, without claiming it."""
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(f"explain {sql.queue.CLAIM}", AT_ONCE, "bench", 1.0, AT_ONCE)
    wanted = ("Index Scan", "Seq Scan", "Limit", "LockRows")
    return "\n".join(row[0] for row in rows if any(word in row[0] for word in wanted))


async def main() -> None:
    settings: Any = SimpleNamespace(lease_ms=60_000)
    with tempfile.TemporaryDirectory() as folder, open_stack("embedded", Path(folder), {}) as stack:
        pool = await database.open_pool(stack.add_database(f"bench_{uuid4().hex[:8]}"), 4)
        await database.migrate(pool)
        queue = Queue(pool, Silent(), settings)  # type: ignore[arg-type]
        least, there = None, 0
        for pending in PENDING:
            await pool.execute(FILL, pending - there)
            there = pending
            await pool.execute("vacuum analyze run")
            cost_ms = await claim_ms(pool, queue)
            least = least or cost_ms
            print(f"{pending:>7} pending  {cost_ms:6.2f} ms a claim  {cost_ms / least:.2f} x")
        print(await plan(pool))
        await pool.close()


if __name__ == "__main__":
    asyncio.run(main())
