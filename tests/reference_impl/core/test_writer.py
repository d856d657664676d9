"""What an attempt puts is stored in its order, or not at all."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from onceproof.reference_impl.core.checkpoints.writer import Line, Put, StorageAway, Writer

pytestmark = pytest.mark.anyio


class Postgres:
    """Lets every attempt through; the statement under way fails when Postgres restarts."""

    def __init__(self) -> None:
        self.stored: list[list[Any]] = []
        self.asked = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.is_away = False

    async def fetch(self, statement: str, runs: Any, attempts: Any, *columns: Any) -> list[Any]:
        self.asked.set()
        await self.goes_on.wait()
        if self.is_away:
            self.is_away = False
            raise ConnectionResetError("the server closed the connection")
        self.stored.append(list(columns[4]))  # the ids of the checkpoints
        return [
            {"run_id": run, "attempt": attempt} for run, attempt in zip(runs, attempts, strict=True)
        ]


def put(name: str, line: Line, token: Any) -> Put:
    """Return the put of a checkpoint with this id."""
    return Put(token, (uuid4(), "", name, None, "", b"", {}), (), line)


async def test_nothing_is_stored_behind_a_put_that_postgres_did_not_take() -> None:
    postgres, line, token = Postgres(), Line(), (uuid4(), 1)
    writer = Writer(postgres)  # type: ignore[arg-type]
    postgres.is_away = True
    lost = writer.add(put("step 4", line, token))
    await postgres.asked.wait()
    behind = writer.add(put("step 5", line, token))
    postgres.goes_on.set()
    for each in (lost, behind):
        with pytest.raises(StorageAway, match="closed the connection"):
            await each
    with pytest.raises(StorageAway):
        await writer.add(put("step 6", line, token))
    assert postgres.stored == []


async def test_other_attempts_are_stored_once_postgres_is_back() -> None:
    postgres, line = Postgres(), Line()
    writer = Writer(postgres)  # type: ignore[arg-type]
    postgres.is_away = True
    lost = writer.add(put("lost", line, (uuid4(), 1)))
    await postgres.asked.wait()
    behind = writer.add(put("behind", line, (uuid4(), 1)))
    other = writer.add(put("other", Line(), (uuid4(), 2)))
    postgres.goes_on.set()
    assert await other is True
    for each in (lost, behind):
        with pytest.raises(StorageAway):
            await each
    assert [list(map(str, ids)) for ids in postgres.stored] == [["other"]]
