"""Every worker is killed after runs have ended and before their webhooks are answered.

One receiver holds back its answer, the other is unreachable when its call is due.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from onceproof.conformance.faults import kill_all
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.recovery import recovery_s, starts_again_s
from onceproof.conformance.suite.kit.scene import Scene
from onceproof.conformance.suite.kit.small_deployment import Small, open_runs
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Answer, Delivery, Sink, WebhookReceiver, WitnessTimeout

DELIVERY_ID = "webhook-delivery-id"
HELD_S = 120.0


@dataclass(frozen=True)
class CrashResults:
    """`before` is the call that was under way, `again` and `late` are calls after the crash."""

    unanswered: RunHandle
    uncalled: RunHandle
    before: Delivery
    again: list[Delivery]
    late: list[Delivery]


@pytest.fixture(scope="module")
async def scene(
    receiver: WebhookReceiver, small: Small, sink: Sink, session: Session
) -> AsyncIterator[Scene[CrashResults]]:
    async with open_runs(small, session) as runs:
        yield Scene("WHK-13", lambda: _play_crash(small, runs, session))


async def _play_crash(small: Small, runs: Runs, session: Session) -> CrashResults:
    within_s = recovery_s(session) + starts_again_s(session) + 20
    host = session.sink.host
    away = WebhookReceiver(host=host)
    with WebhookReceiver(Answer(delay_s=HELD_S), 200, host=host) as holding, away:
        url = away.url
        away.stop()
        unanswered, _ = await runs.wait(await runs.new_thread(), "echo", {}, webhook=holding.url)
        [before] = await holding.async_wait(1)
        uncalled, _ = await runs.wait(await runs.new_thread(), "echo", {}, webhook=url)
        nonces = [unanswered.nonce, uncalled.nonce]
        await asyncio.to_thread(_kill_and_start, session, small, nonces, away)
        again, late = await asyncio.gather(
            _await_deliveries(holding, 2, within_s), _await_deliveries(away, 1, within_s)
        )
    return CrashResults(unanswered, uncalled, before, again[1:], late)


def _kill_and_start(
    session: Session, small: Small, nonces: list[str], away: WebhookReceiver
) -> None:
    with kill_all(session, small.levers, small.workers, nonces):
        away.start()


async def _await_deliveries(
    receiver: WebhookReceiver, count: int, within_s: float
) -> list[Delivery]:
    try:
        return await receiver.async_wait(count, within_s)
    except WitnessTimeout:
        return receiver.deliveries


@requirement("WHK-13")
async def test_a_webhook_is_called_while_the_worker_lives(
    scene: Scene[CrashResults], observe: Observed
) -> None:
    played = await scene()
    same("run_id in the call", played.before.body["run_id"], played.unanswered.run_id)
    observe(f"a call not answered before a crash: {'made again' if played.again else 'lost'}")
    observe(f"a call not made before a crash: {'made after it' if played.late else 'lost'}")


@requirement("WHK-X1")
async def test_a_crash_before_the_answer_loses_no_call_and_keeps_its_id(
    scene: Scene[CrashResults],
) -> None:
    played = await scene()
    first = played.before.headers.get(DELIVERY_ID)
    if first is None:
        not_applicable(f"the target's calls have no {DELIVERY_ID} header")
    same("ids after the crash", {each.headers.get(DELIVERY_ID) for each in played.again}, {first})
    same("runs", {each.body["run_id"] for each in played.again}, {played.unanswered.run_id})


@requirement("WHK-X1")
async def test_a_call_that_was_not_made_before_the_crash_is_made_after_it(
    scene: Scene[CrashResults],
) -> None:
    played = await scene()
    if DELIVERY_ID not in played.before.headers:
        not_applicable(f"the target's calls have no {DELIVERY_ID} header")
    same("runs", {each.body["run_id"] for each in played.late}, {played.uncalled.run_id})
