"""Postgres or Redis is gone for a while: answers come soon all the same, and all is well after."""

import time
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx

from onceproof.conformance.faults import kill_service
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, expect, same
from onceproof.conformance.suite.kit.reads import read_state, read_thread
from onceproof.conformance.suite.kit.recovery import lease_s, wait_for_recovery
from onceproof.conformance.suite.kit.scene import Scene, scene_of
from onceproof.conformance.suite.kit.verdicts import SERVICES, not_judged
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.operations import OutcomeUnknown
from onceproof.conformance.wire.runs import Runs

#: Well below what clients wait for an answer by default.
SOON_S = 15.0
BACK_S = 20.0
UNDER_WAY = 6


@dataclass
class Outage:
    """What clients saw.

    `answers` are (request, status or what came instead of one, seconds) while it lasted; `handles`
    the accepted runs and `ends` their statuses; `before` and `after` what was committed.
    """

    before: Any
    answers: list[tuple[str, object, float]] = field(default_factory=list)
    handles: list[RunHandle] = field(default_factory=list)
    unknown: list[OutcomeUnknown] = field(default_factory=list)
    ends: set[str | None] = field(default_factory=set)
    after: Any = None

    def wrong(self) -> list[tuple[str, object, float]]:
        """Answers that were neither a success nor a server error, or came late."""
        return [
            answer
            for answer in self.answers
            if not isinstance(answer[1], int) or 300 <= answer[1] < 500 or answer[2] > SOON_S
        ]

    async def ask(self, runs: Runs, path: str, thread_id: str) -> None:
        """Read, and create a run."""
        begin = time.monotonic()
        try:
            read: object = (await runs.api.get(path)).status_code
        except httpx.TransportError as error:
            read = repr(error)
        self.answers.append(("read", read, time.monotonic() - begin))
        begin = time.monotonic()
        try:
            self.handles.append(await runs.create(thread_id, "chain", {"steps": 1}))
        except OutcomeUnknown as error:
            self.unknown.append(error)
            answer = ("create", error.status or str(error), time.monotonic() - begin)
            self.answers.append(answer)


async def play_outage(runs: Runs, session: Session, service: str, lasting_s: float) -> Outage:
    """Kill a service amid runs, send requests meanwhile, start it, and wait for the runs to end."""
    if session.stack.levers() is None:
        not_judged(SERVICES)
    api = runs.api
    ended, _ = await runs.wait(await runs.new_thread(), "chain", {})
    seen = Outage(before=await _read_everything(api, ended))
    threads = [await runs.new_thread() for _ in range(UNDER_WAY)]
    body = {"steps": 10, "sleep_ms": 100}
    seen.handles += [await runs.create(thread_id, "chain", body) for thread_id in threads]
    with kill_service(session, service):
        over = time.monotonic() + lasting_s
        while time.monotonic() < over:
            await seen.ask(runs, ended.path, threads[0])
            await anyio.sleep(0.2)

    async def readable() -> bool:
        return (await api.get(ended.path)).is_success

    await expect_eventually("that an ended run can be read", readable, True, within_s=BACK_S)
    found = [await runs.recover(error) for error in seen.unknown]
    seen.handles += [handle for handle in found if handle]
    seen.ends = set(await wait_for_recovery(session, runs, seen.handles, 60))
    seen.after = await _read_everything(api, ended)
    await runs.final_snapshot([ended, *seen.handles])
    return seen


async def _read_everything(api: Api, ended: RunHandle) -> dict[str, Any]:
    thread_id = str(ended.thread_id)
    run = expect(await api.get(ended.path))
    return {
        "run": run,
        "thread": await read_thread(api, thread_id),
        "state": await read_state(api, thread_id),
    }


async def _lose_postgres(runs: Runs, session: Session) -> Outage:
    return await play_outage(runs, session, "postgres", lease_s(session) + 1)


without_postgres = scene_of("SHD-13", _lose_postgres)


@requirement("SHD-13")
async def test_a_killed_postgres_loses_nothing_that_was_committed(
    without_postgres: Scene[Outage], session: Session
) -> None:
    seen = await without_postgres()
    same("what was committed", seen.after, seen.before)
    same("statuses of accepted runs", seen.ends, {"success"})
    assert_checks(session, [handle.nonce for handle in seen.handles], "lost", "duplicate")


@requirement("SHD-14")
async def test_without_postgres_answers_come_soon_and_are_server_errors(
    without_postgres: Scene[Outage],
) -> None:
    same("other answers while Postgres was gone", (await without_postgres()).wrong(), [])


@requirement("SHD-14")
async def test_without_redis_answers_come_soon_and_runs_end_afterwards(
    runs: Runs, session: Session
) -> None:
    seen = await play_outage(runs, session, "redis", 2.0)
    same("other answers while Redis was gone", seen.wrong(), [])
    same("statuses of accepted runs", seen.ends, {"success"})
    assert_checks(session, [handle.nonce for handle in seen.handles], "lost")
