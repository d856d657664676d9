"""Long-term memory in Postgres: a langgraph `BaseStore` for graphs and for the store endpoints.

A namespace is stored as its labels joined by dots, which no label may hold. An item that has
expired is there for nobody, swept or not. Without an index of meanings (see `meanings.py`) a search
with a `query` is a search without one.
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
    MatchCondition,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
    validate_op_namespace,
)

from onceproof.reference_impl.resources.embeddings import Meanings, Vector
from onceproof.reference_impl.resources.store_filter import Parameters, condition

#: The primary key is a b-tree, whose entries may not exceed a third of a page (2,704 bytes).
MAX_ADDRESS_BYTES = 2500

_COLUMNS = "prefix, key, value, created_at, updated_at, ttl_minutes"
_ALIVE = "(expires_at is null or expires_at > now())"

# Under concurrency the later writer may have started, and so read its clock, first: the item that
# won must still be the most recently updated one, hence `greatest`.
_PUT = """
    insert into store_item as old (prefix, key, value, ttl_minutes, expires_at)
    values ($1, $2, $3, $4, now() + $4 * interval '1 minute')
    on conflict (prefix, key) do update set
        value = excluded.value,
        ttl_minutes = excluded.ttl_minutes,
        expires_at = excluded.expires_at,
        created_at = case when old.expires_at <= now() then now() else old.created_at end,
        updated_at = greatest(clock_timestamp(), old.updated_at + interval '1 microsecond')
"""

# Who refreshes an item at this moment refreshes it for all: nobody waits, so readers of many items
# cannot wait for one another in a circle.
_REFRESH = """
    with read as (
        select i.prefix, i.key from store_item i
        join unnest($1::text[], $2::text[]) as given (prefix, key)
            on i.prefix = given.prefix and i.key = given.key
        where i.expires_at > now() for update of i skip locked
    )
    update store_item i set expires_at = now() + i.ttl_minutes * interval '1 minute'
    from read where i.prefix = read.prefix and i.key = read.key
"""

# Null where the item has no vectors.
_NEAREST = """
    cross join lateral (
        select max(nearness(vector, {near}::float4[])) as score from store_meaning
        where store_meaning.prefix = store_item.prefix and store_meaning.key = store_item.key
    ) as found
"""


class PostgresStore(BaseStore):
    """Items by namespace and key; made inside the event loop that will run its queries."""

    __slots__ = ("_loop", "_meanings", "_pool", "ttl_config")

    supports_ttl = True

    def __init__(
        self,
        pool: asyncpg.Pool,
        ttl_config: TTLConfig | None = None,
        meanings: Meanings | None = None,
    ):
        self._pool = pool
        self._meanings = meanings
        self.ttl_config = ttl_config
        self._loop = asyncio.get_running_loop()

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """For graph nodes that run in a thread; in the event loop itself it would never return."""
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
        """Carry out the operations one after the other; each takes effect on its own."""
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
        if self._meanings is not None and op.value is not None:
            vectors = await self._meanings.of_item(op.value, op.index)
        async with connection.transaction():
            await _put(connection, op)
            if self._meanings is not None:
                await _index(connection, op, vectors)

    async def _near(self, op: SearchOp) -> Vector | None:
        """What the items found are to be near to."""
        if self._meanings is None or not op.query:
            return None
        return await self._meanings.of_query(op.query)


async def _get(connection: asyncpg.Connection, op: GetOp) -> Item | None:
    rows = await connection.fetch(
        f"select {_COLUMNS} from store_item where prefix = $1 and key = $2 and {_ALIVE}",
        ".".join(op.namespace),
        op.key,
    )
    if op.refresh_ttl:
        await _refresh(connection, rows)
    return Item(**_fields(rows[0])) if rows else None


async def _refresh(connection: asyncpg.Connection, rows: Sequence[asyncpg.Record]) -> None:
    """Begin the lives of the items anew, of those that do not live for ever."""
    mortal = [(row["prefix"], row["key"]) for row in rows if row["ttl_minutes"] is not None]
    if mortal:
        await connection.execute(_REFRESH, *map(list, zip(*mortal, strict=True)))


async def _put(connection: asyncpg.Connection, op: PutOp) -> None:
    prefix = ".".join(op.namespace)
    if len(prefix.encode()) + len(op.key.encode()) > MAX_ADDRESS_BYTES:
        raise InvalidNamespaceError(
            f"namespace and key together must not exceed {MAX_ADDRESS_BYTES} bytes"
        )
    if op.value is None:
        await connection.execute(
            "delete from store_item where prefix = $1 and key = $2", prefix, op.key
        )
        return
    await connection.execute(_PUT, prefix, op.key, op.value, op.ttl)


async def _index(connection: asyncpg.Connection, op: PutOp, vectors: list[Vector]) -> None:
    """Replace the item's vectors."""
    address = ".".join(op.namespace), op.key
    await connection.execute("delete from store_meaning where prefix = $1 and key = $2", *address)
    await connection.executemany(
        "insert into store_meaning (prefix, key, vector) values ($1, $2, $3)",
        [(*address, vector) for vector in vectors],
    )


async def _search(
    connection: asyncpg.Connection, op: SearchOp, near: Vector | None
) -> list[SearchItem]:
    """The newest items first; those with a meaning alone and the nearest first, if `near`."""
    parameters = Parameters()
    where = [_ALIVE, _below(op.namespace_prefix, parameters)]
    where += [condition((key,), value, parameters) for key, value in (op.filter or {}).items()]
    nearest, score = "", ""
    if near is not None:
        nearest, score = _NEAREST.format(near=parameters.add(near)), "score"
        where.append("score is not null")
    rows = await connection.fetch(
        f"""
        select {", ".join(filter(None, (_COLUMNS, score)))} from store_item {nearest}
        where {" and ".join(where)}
        order by {"score desc, " if score else ""}updated_at desc, prefix, key
        limit {parameters.add(op.limit)} offset {parameters.add(op.offset)}
        """,
        *parameters.values,
    )
    if op.refresh_ttl:
        await _refresh(connection, rows)
    return [SearchItem(**_fields(row)) for row in rows]


async def _list_namespaces(
    connection: asyncpg.Connection, op: ListNamespacesOp
) -> list[tuple[str, ...]]:
    parameters = Parameters()
    where = ["true"]
    for wanted in op.match_conditions or ():
        where += _matches(wanted, parameters)
    depth = parameters.add(op.max_depth or MAX_ADDRESS_BYTES)
    rows = await connection.fetch(
        f"""
        select distinct labels[:{depth}::int] as labels
        from (
            select distinct string_to_array(prefix, '.') as labels from store_item where {_ALIVE}
        ) as namespace
        where {" and ".join(where)} order by labels
        limit {parameters.add(op.limit)} offset {parameters.add(op.offset)}
        """,
        *parameters.values,
    )
    return [tuple(row["labels"]) for row in rows]


def _below(namespace: tuple[str, ...], parameters: Parameters) -> str:
    """The namespace itself and all below it: '/' is the character after the dot."""
    if not namespace:
        return "true"
    prefix = ".".join(namespace)
    own = parameters.add(prefix)
    first, after = parameters.add(prefix + "."), parameters.add(prefix + "/")
    return f"(prefix = {own} or prefix >= {first} and prefix < {after})"


def _matches(wanted: MatchCondition, parameters: Parameters) -> Iterable[str]:
    """One condition for the length, and one for each label of the path that is no wildcard."""
    length = len(wanted.path)
    yield f"cardinality(labels) >= {length}"
    for place, label in enumerate(wanted.path, start=1):
        if label != "*":
            index = (
                place
                if wanted.match_type == "prefix"
                else f"cardinality(labels) - {length - place}"
            )
            yield f"labels[{index}] = {parameters.add(label)}"


def _fields(row: asyncpg.Record) -> dict[str, Any]:
    fields = dict(row)
    del fields["ttl_minutes"]
    return {"namespace": tuple(fields.pop("prefix").split(".")), **fields}
