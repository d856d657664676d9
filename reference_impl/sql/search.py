"""Searches whose conditions the client chooses, over rows of one table.

A search knows a condition for each thing that may be asked for; those that are not asked for (None)
are left out. Only names and conditions of the server's own making become text of the statement:
what the client sends is a parameter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from onceproof.reference_impl.sql import Queries, checkpoints

_QUERIES = Queries("search")

#: A statement and the values of its parameters.
Statement: TypeAlias = "tuple[str, Sequence[Any]]"

#: Postgres takes 32,767 values in a statement, but plans one with thousands only slowly.
MAX_PARAMETERS = 1000


@dataclass
class Parameters:
    """The values of a statement, numbered as they are added."""

    values: list[Any] = field(default_factory=list)

    def add(self, value: Any) -> str:
        """Add a value and return its placeholder; ValueError if there are absurdly many."""
        if len(self.values) >= MAX_PARAMETERS:
            raise ValueError(f"more than {MAX_PARAMETERS} conditions in one search")
        self.values.append(value)
        return f"${len(self.values)}"


@dataclass(frozen=True)
class Search:
    """What rows of a table may be asked for: `{name}` in a condition is the value asked for.

    Rows in the same place of the order are ordered by the key, so that no page repeats or leaves
    out what another shows.
    """

    table: str
    key: str
    conditions: Mapping[str, str]
    always: str = "true"
    statement: str = _QUERIES.ROWS

    def rows(
        self, wanted: Mapping[str, Any], *, order: str = "", limit: int | None, offset: int = 0
    ) -> Statement:
        """Return the statement for one page; `order` must be of the server's own making."""
        parameters = Parameters()
        statement = self.statement.format(
            table=self.table,
            where=self._where(wanted, parameters),
            order=f"{order}, {self.key}",
            limit=parameters.add(limit),
            offset=parameters.add(offset),
        )
        return statement, parameters.values

    def count(self, wanted: Mapping[str, Any]) -> Statement:
        """Return the statement that counts the rows."""
        parameters = Parameters()
        where = self._where(wanted, parameters)
        return _QUERIES.COUNT.format(table=self.table, where=where), parameters.values

    def _where(self, wanted: Mapping[str, Any], parameters: Parameters) -> str:
        asked = [name for name in self.conditions if wanted[name] is not None]
        placeholders = {name: parameters.add(wanted[name]) for name in asked}
        conditions = [self.conditions[name].format(**placeholders) for name in asked]
        return " and ".join([self.always, *conditions])


THREADS = Search(
    "thread",
    key="thread_id",
    always="hidden_at is null",
    conditions={
        "rule": "permits({rule}::jsonpath, metadata)",
        "metadata": "metadata @> {metadata}::jsonb",
        "values": '"values" @> {values}::jsonb',
        "status": "status = {status}",
        "ids": "thread_id = any({ids}::uuid[])",
    },
)

ASSISTANTS = Search(
    "assistant",
    key="assistant_id",
    conditions={
        "graph_ids": "graph_id = any({graph_ids}::text[])",
        "metadata": "metadata @> {metadata}::jsonb",
        "rule": "permits({rule}::jsonpath, metadata)",
        "name": "position(lower({name}::text) in lower(name)) > 0",
    },
)

CRONS = Search(
    "cron",
    key="cron_id",
    conditions={
        "rule": "permits({rule}::jsonpath, metadata)",
        "assistant_id": "assistant_id = {assistant_id}::uuid",
        "thread_id": "thread_id = {thread_id}::uuid",
        "enabled": "enabled = {enabled}::boolean",
        "metadata": "metadata @> {metadata}::jsonb",
    },
)

#: A thread's checkpoints, newest first; `before` is the id of one.
HISTORY = Search(
    "checkpoint",
    key="seq",
    statement=checkpoints.HISTORY,
    conditions={
        "thread_id": "c.thread_id = {thread_id}",
        "ns": "c.ns = {ns}",
        "checkpoint_id": "c.checkpoint_id = {checkpoint_id}",
        "metadata": "c.metadata @> {metadata}::jsonb",
        "before": (
            "c.seq < (select max(b.seq) from checkpoint b"
            " where b.thread_id = {thread_id} and b.checkpoint_id = {before})"
        ),
    },
)
