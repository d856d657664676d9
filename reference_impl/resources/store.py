"""Long-term memory in Postgres: a langgraph `BaseStore` for graphs and for the store endpoints.

A namespace is stored as its labels joined by dots, which no label may contain. Nobody finds an item
that has expired, swept or not. Without a vector index (see `embeddings.py`) the `query` of a search
is ignored.

langgraph-checkpoint-postgres has a store of its own, but on psycopg: the server would hold a second
pool of connections to the same Postgres, beside the limit that its operator sets, and its vectors
need an extension that a plain Postgres does not have.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg
from langgraph.store.base import (
    BaseStore,
    GetOp,
    InvalidNamespaceError,
    Item,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
    validate_op_namespace,
)

from onceproof.reference_impl import sql
from onceproof.reference_impl.database import fetch_in_turns
from onceproof.reference_impl.resources.embeddings import Vector, VectorIndex
from onceproof.reference_impl.sql.store_search import list_namespaces, search_items

#: The primary key is a b-tree, whose entries may not exceed a third of a page (2,704 bytes).
MAX_ADDRESS_BYTES = 2500


class PostgresStore(BaseStore):
    """Items by namespace and key; made inside the event loop that will run its queries."""

    __slots__ = ("_index", "_loop", "_pool", "ttl_config")

    supports_ttl = True

    def __init__(
        self,
        pool: asyncpg.Pool,
        ttl_config: TTLConfig | None = None,
        index: VectorIndex | None = None,
    ):
        self._pool = pool
        self._index = index
        self.ttl_config = ttl_config
        self._loop = asyncio.get_running_loop()

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Execute operations from a thread; in the event loop InvalidStateError, as it blocks."""
        try:
            inside = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            inside = False
        if inside:
            raise asyncio.InvalidStateError(
                "a synchronous store call inside the server's event loop would block it for ever: "
                "await the method with the prefix 'a', for example store.aput"
            )
        return asyncio.run_coroutine_threadsafe(self.abatch(ops), self._loop).result()

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Execute the operations one after the other; each takes effect on its own."""
        ops = list(ops)
        for op in ops:
            validate_op_namespace(op)
        async with self._pool.acquire() as connection:
            return [await self._execute(connection, op) for op in ops]

    async def _execute(self, connection: asyncpg.Connection, op: Op) -> Result:
        match op:
            case GetOp():
                return await _get(connection, op)
            case PutOp():
                await self._put(connection, op)
                return None
            case SearchOp():
                near = await self._near(op)
                return await _search(connection, op, near)
            case ListNamespacesOp():
                return await _list_namespaces(connection, op)
            case _:
                raise TypeError(f"not a store operation: {op!r}")

    async def _put(self, connection: asyncpg.Connection, op: PutOp) -> None:
        vectors: list[Vector] = []
        if self._index is not None and op.value is not None:
            vectors = await self._index.embed_item(op.value, op.index)
        async with connection.transaction():
            await _put(connection, op)
            if self._index is not None:
                await _replace_vectors(connection, op, vectors)

    async def _near(self, op: SearchOp) -> Vector | None:
        """The vector that the items are to be near to."""
        if self._index is None or not op.query:
            return None
        return await self._index.embed_query(op.query)


async def _get(connection: asyncpg.Connection, op: GetOp) -> Item | None:
    rows = await connection.fetch(sql.store.GET, ".".join(op.namespace), op.key)
    if op.refresh_ttl:
        await _refresh(connection, rows)
    return Item(**_fields(rows[0])) if rows else None


async def _refresh(connection: asyncpg.Connection, rows: Sequence[asyncpg.Record]) -> None:
    """Restart the time to live of the items that have one."""
    mortal = [(row["prefix"], row["key"]) for row in rows if row["ttl_minutes"] is not None]
    if mortal:
        await connection.execute(sql.store.REFRESH, *map(list, zip(*mortal, strict=True)))


async def _put(connection: asyncpg.Connection, op: PutOp) -> None:
    prefix = ".".join(op.namespace)
    if len(prefix.encode()) + len(op.key.encode()) > MAX_ADDRESS_BYTES:
        raise InvalidNamespaceError(
            f"namespace and key together must not exceed {MAX_ADDRESS_BYTES} bytes"
        )
    if op.value is None:
        await connection.execute(sql.store.DELETE, prefix, op.key)
        return
    await connection.execute(sql.store.PUT, prefix, op.key, op.value, op.ttl)


async def _replace_vectors(
    connection: asyncpg.Connection, op: PutOp, vectors: list[Vector]
) -> None:
    """Replace the item's vectors."""
    address = ".".join(op.namespace), op.key
    await connection.execute(sql.store.DELETE_VECTORS, *address)
    await connection.executemany(
        sql.store.INSERT_VECTOR, [(*address, vector) for vector in vectors]
    )


async def _search(
    connection: asyncpg.Connection, op: SearchOp, near: Vector | None
) -> list[SearchItem]:
    """The newest items first; with `near`, only those with vectors, the nearest first."""
    statement, values = search_items(op, near)
    rows = await fetch_in_turns(connection, statement, values, limit=op.limit)
    if op.refresh_ttl:
        await _refresh(connection, rows)
    return [SearchItem(**_fields(row)) for row in rows]


async def _list_namespaces(
    connection: asyncpg.Connection, op: ListNamespacesOp
) -> list[tuple[str, ...]]:
    statement, values = list_namespaces(op, MAX_ADDRESS_BYTES)
    rows = await connection.fetch(statement, *values)
    return [tuple(row["labels"]) for row in rows]


def _fields(row: asyncpg.Record) -> dict[str, Any]:
    fields = dict(row)
    del fields["ttl_minutes"]
    return {"namespace": tuple(fields.pop("prefix").split(".")), **fields}
