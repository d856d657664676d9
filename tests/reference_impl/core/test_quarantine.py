"""Runs that have lost a worker are claimed for quarantine, and keep nobody else waiting."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, NoReturn
from uuid import UUID, uuid4

import pytest

from onceproof.conformance.stacks import Stack
from onceproof.reference_impl.core.alone import EX_ORPHANED
from onceproof.reference_impl.core.quarantine import (
    Process,
    Quarantine,
    count_places,
    describe_status,
    is_suspect,
)
from onceproof.reference_impl.core.queue import Queue
from onceproof.reference_impl.core.run import RunRequest, RunSpec
from onceproof.reference_impl.errors import EX_TEMPFAIL
from tests.reference_impl.queues import own_queue

pytestmark = pytest.mark.anyio


@pytest.fixture
async def parts(stack: Stack) -> AsyncIterator[SimpleNamespace]:
    async with own_queue(stack, "quarantine", lease_ms=60_000) as made:
        yield made


async def accept(queue: Queue, count: int) -> set[UUID]:
    requests = [
        RunRequest(uuid4(), uuid4(), uuid4(), RunSpec("plain"), create_thread=True)
        for _ in range(count)
    ]
    return {run["run_id"] for run in await queue.accept(requests)}


async def make_suspects(parts: SimpleNamespace, count: int) -> set[UUID]:
    """Runs whose first attempt has lost its worker."""
    made = await accept(parts.queue, count)
    for run in await parts.queue.claim(count, "worker"):
        assert await parts.queue.lose(run["run_id"], run["attempt"], "signal 9 (SIGKILL)")
    await parts.recovery.sweep()
    return made


def ids(runs: Any) -> set[UUID]:
    return {run["run_id"] for run in runs}


async def test_a_first_attempt_is_no_suspect_and_neither_is_one_that_was_handed_back(
    parts: SimpleNamespace,
) -> None:
    await accept(parts.queue, 1)
    for _ in range(2):
        [run] = await parts.queue.claim(5, "worker", 0)
        assert not is_suspect(run)
        assert await parts.queue.hand_back(run["run_id"], run["attempt"])


async def test_suspects_that_find_no_place_keep_nobody_waiting(parts: SimpleNamespace) -> None:
    suspects = await make_suspects(parts, 3)
    others = await accept(parts.queue, 3)
    assert ids(await parts.queue.claim(2, "worker", 0)) < others
    claimed = await parts.queue.claim(10, "worker", 2)
    assert len(ids(claimed) & suspects) == 2
    assert len(ids(claimed) & others) == 1
    assert {run["run_id"] for run in claimed if is_suspect(run)} < suspects
    assert ids(await parts.queue.claim(10, "worker")) < suspects


async def test_suspects_and_others_together_fill_no_more_than_the_free_slots(
    parts: SimpleNamespace,
) -> None:
    await make_suspects(parts, 3)
    await accept(parts.queue, 3)
    assert len(await parts.queue.claim(4, "worker", 2)) == 4
    assert len(await parts.queue.claim(1, "worker", 4)) == 1


async def test_a_suspect_that_is_handed_back_stays_one(parts: SimpleNamespace) -> None:
    await make_suspects(parts, 1)
    [run] = await parts.queue.claim(1, "worker")
    assert await parts.queue.hand_back(run["run_id"], run["attempt"])
    assert await parts.queue.claim(1, "worker", 0) == []
    [again] = await parts.queue.claim(1, "worker", 1)
    assert is_suspect(again)


async def test_a_run_that_is_given_up_says_how_its_last_process_ended(
    parts: SimpleNamespace,
) -> None:
    await make_suspects(parts, 1)
    for cause in ("exit status 3", "signal 11 (SIGSEGV)"):
        [run] = await parts.queue.claim(1, "worker")
        assert await parts.queue.lose(run["run_id"], run["attempt"], cause)
        await parts.recovery.sweep()
    output = await parts.pool.fetchval("select output from run")
    assert output["__error__"]["message"] == (
        "the run was given up: all 3 attempts lost their worker "
        "(the last ended by signal 11 (SIGSEGV))"
    )


async def test_only_the_live_attempt_is_lost(parts: SimpleNamespace) -> None:
    await make_suspects(parts, 1)
    [run] = await parts.queue.claim(1, "worker")
    assert not await parts.queue.lose(run["run_id"], run["attempt"] - 1, "signal 9 (SIGKILL)")


@pytest.mark.parametrize(
    "slots, connections, places", [(10, 33, 4), (2, 33, 2), (10, 20, 2), (10, 6, 1), (0, 33, 1)]
)
async def test_places_keep_to_the_slots_and_the_connections(
    slots: int, connections: int, places: int
) -> None:
    assert count_places(slots, connections) == places


@pytest.mark.parametrize(
    "status, words",
    [(70, "exit status 70"), (-9, "signal 9 (SIGKILL)"), (-64, "signal 64 (SIGRTMAX)")],
)
async def test_an_exit_status_is_put_into_words(status: int, words: str) -> None:
    assert describe_status(status) == words


@dataclass(frozen=True)
class Rebuild:
    """Stands for a deployment whose engine cannot be built, or takes for ever."""

    how: str

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Any]:
        if self.how == "away":
            raise ConnectionRefusedError("nobody there")
        if self.how == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(600)
        yield

    def leave(self, status: int) -> NoReturn:
        os._exit(status)


async def start_alone(how: str) -> tuple[Quarantine, Process]:
    settings = SimpleNamespace(jobs_per_worker=10, pool_size=33)
    engine: Any = SimpleNamespace(settings=settings, rebuild=Rebuild(how))
    quarantine = Quarantine(engine)
    return quarantine, await quarantine.start({"run_id": uuid4()})


async def test_a_process_in_quarantine_ends_when_its_worker_is_gone() -> None:
    quarantine, process = await start_alone("sleeps")
    process.line.close()
    async with asyncio.timeout(60):
        await process.wait()
    assert await quarantine.in_thread(process.bury) == EX_ORPHANED


@pytest.mark.parametrize("how, status", [("away", EX_TEMPFAIL), ("dies", -signal.SIGKILL)])
async def test_how_a_process_in_quarantine_ended_is_known(how: str, status: int) -> None:
    quarantine, process = await start_alone(how)
    async with asyncio.timeout(60):
        await process.wait()
    assert await quarantine.in_thread(process.bury) == status
