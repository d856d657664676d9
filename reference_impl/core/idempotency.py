"""Retries that are safe: a client's key stands for one acceptance of runs.

A client that lost the response to a creation cannot know whether the run exists, and must not
create a second one. With the same key it may ask again, any number of times and at any replica: the
key is stored in the transaction that accepts the run, so either both exist or neither, and of two
requests at the same instant the second waits at the key's unique index for the first to commit.
A request that was refused stores no key and may be tried again.

A key belongs to the user who sent it and is forgotten after 24 hours. Runs without a key take
another path and pay nothing for this.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson

from onceproof.reference_impl import sql
from onceproof.reference_impl.core.queue import Queue
from onceproof.reference_impl.core.run import RunRequest


class KeyReused(Exception):
    """The key was used before, for another request."""


class RunGone(Exception):
    """The key was used before, for a run that no longer exists."""


class Repeated(Exception):
    """Nothing new was accepted: the request is a retry of the one that created `runs`."""

    def __init__(self, runs: list[asyncpg.Record]):
        super().__init__("the request was made before with the same key")
        self.runs = runs


@dataclass(frozen=True)
class Key:
    """A key as it is stored: a digest of it and its user, and one of the request it came with."""

    text: str
    name: bytes
    asked: bytes

    @classmethod
    def of(cls, text: str, *, user: str | None, path: str, body: Any) -> "Key":
        """Make a key; bodies are the same if they are equal as JSON, in any order of fields."""
        return cls(text, _digest([user, text]), _digest([path, body]))


async def accept(
    pool: asyncpg.Pool, queue: Queue, key: Key, requests: list[RunRequest]
) -> list[asyncpg.Record]:
    """Accept the runs under a key; raises what `Queue.accept` does.

    Raises Repeated, KeyReused or RunGone when the key was used before.
    """
    async with pool.acquire() as connection, connection.transaction():
        ids = [request.run_id for request in requests]
        if not await connection.fetchval(sql.idempotency.TAKE, key.name, key.asked, ids):
            raise Repeated(await _earlier(connection, key, requests[0].rule))
        accepted, stopping = await queue.accept_within(connection, requests)
    await queue.announce(requests, stopping)
    return accepted


async def _earlier(
    connection: asyncpg.Connection, key: Key, rule: str | None
) -> list[asyncpg.Record]:
    known = await connection.fetchrow(sql.idempotency.FIND, key.name)
    if known["asked"] != key.asked:
        raise KeyReused(
            f"Idempotency-Key {key.text!r} was used for another request: a retry has to be the "
            "same in path and body, and anything else needs a key of its own"
        )
    runs = await connection.fetch(sql.idempotency.RUNS, known["runs"], rule)
    if len(runs) != len(known["runs"]):
        raise RunGone(
            f"Idempotency-Key {key.text!r} was used for run {known['runs'][0]}, which is gone: "
            "a new run needs a new key"
        )
    return runs


def _digest(value: Any) -> bytes:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).digest()
