"""What is there already when the suite comes: threads, assistants and items of others."""

from typing import Any
from uuid import uuid4

from onceproof.conformance.selftest.benign.variation import variation
from onceproof.reference_impl import serving
from onceproof.reference_impl.resources import assistants

THREADS, ASSISTANTS, ITEMS = 150, 40, 60

_THREADS = """
insert into thread (thread_id, metadata, "values", created_at, updated_at)
select gen_random_uuid(), jsonb_build_object('owner', 'somebody', 'n', n), '{"log": []}',
       now() - n * interval '1 minute', now() - n * interval '1 second'
from generate_series(1, $1) n
"""
_ITEMS = """
insert into store_item (prefix, key, value)
select 'others.n' || n % 7, 'k' || n, jsonb_build_object('n', n)
from generate_series(1, $1) n
"""


@variation(
    "SYS-26",
    "SYS-27",
    "SYS-28",
    "SYS-29",
    "AST-0",
    "AST-1",
    "THR-1",
    "STO",
    "CRN-12",
    "RUN-12",
    "SDK",
)
def serve_others_already() -> None:
    """Before the suite comes there are 150 threads, 40 assistants and 60 items of others.

    AST-01 speaks of default assistants, of which there is one for each graph; no requirement says
    that a server is empty.
    """
    register = assistants.register_defaults

    async def and_others(pool: Any, graphs: Any) -> None:
        await register(pool, graphs)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(7)")
            if await connection.fetchval("select count(*) from thread where metadata ? 'owner'"):
                return
            await connection.execute(_THREADS, THREADS)
            await connection.execute(_ITEMS, ITEMS)
        for number in range(ASSISTANTS):
            content = {
                "graph_id": graphs.ids[number % len(graphs.ids)],
                "name": f"Somebody's {number}",
                "description": None,
                "config": {},
                "context": {},
                "metadata": {"owner": "somebody"},
            }
            await assistants.insert(pool, uuid4(), content)

    serving.register_defaults = and_others
