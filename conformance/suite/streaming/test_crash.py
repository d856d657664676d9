"""The worker of a streamed run is killed: its stream goes on with the next attempt, or closes.

It dies when all events are written and the node is about to end, so that the next attempt has to
write them all again.
"""

from dataclasses import dataclass
from typing import Any

from onceproof.conformance.faults import kill_replica
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, same
from onceproof.conformance.suite.kit.event_ids import expect_counting_ids, expect_increasing_ids
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.recovery import (
    has_short_lease,
    starts_again_s,
    wait_for_recovery,
)
from onceproof.conformance.suite.kit.replicas import find_worker
from onceproof.conformance.suite.kit.scene import Scene, scene_of
from onceproof.conformance.suite.kit.streams import demand_ticks, event_names, same_sequence
from onceproof.conformance.suite.kit.verdicts import HANDS, inconclusive, not_judged
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.wire.streams import StreamBroken
from onceproof.conformance.wire.subscriptions import Subscription

TOTAL = 20
#: How much longer than the target may take is waited.
MORE_S = 20


@dataclass
class Crash:
    """The run, its events before and after the crash on the open stream, and its end."""

    handle: RunHandle
    before: list[SseEvent]
    after: list[SseEvent]
    replayed: list[SseEvent]
    status: str | None


async def _crash(runs: Runs, session: Session) -> Crash:
    if session.target.levers is None:
        not_judged(HANDS)
    thread_id = await runs.new_thread()
    body: dict[str, Any] = {"stream_mode": "custom", "stream_resumable": True}
    with gate(session.sink, at="end") as nonce:
        async with runs.stream(thread_id, "ticks", {"total": TOTAL}, nonce=nonce, **body) as sub:
            before = await sub.collect(limit=1 + TOTAL)
            [execution] = await session.sink.async_wait_for(nonce, "end")
            with kill_replica(session, find_worker(session.target.levers, execution), [nonce]):
                session.sink.release(nonce)
                after = await _rest(sub, session)
                [status] = await wait_for_recovery(session, runs, [sub.handle], MORE_S)
        async with runs.join_stream(sub.handle, before[3].id) as joined:
            replayed = await joined.collect()
    return Crash(sub.handle, before, after, replayed, status)


async def _rest(sub: Subscription, session: Session) -> list[SseEvent]:
    """What still came; nothing if the server had closed the stream, or died with the worker."""
    limit_s = (session.recovery_ms / 1000 if has_short_lease(session) else 0) + MORE_S
    limit_s += starts_again_s(session)
    try:
        return await sub.collect(timeout_s=limit_s)
    except StreamBroken as broken:
        return broken.events


scene = scene_of("STR-30", _crash)


@requirement("STR-30")
async def test_the_stream_goes_on_with_the_next_attempt_or_closes(
    scene: Scene[Crash], session: Session, observe: Observed
) -> None:
    played = await scene()
    same("status", played.status, "success")
    if not played.after:
        observe("the stream closes and can be joined again")
        return
    same("the first event after the crash", played.after[0].name, "metadata")
    same("attempt in it", played.after[0].json().get("attempt"), 2)
    demand_ticks(played.after, played.handle.nonce, TOTAL)
    observe("the stream goes on with the next attempt")
    assert_checks(session, [played.handle.nonce], "stream_order", "stream_bounds")


@requirement("RSM-02")
async def test_ids_go_on_increasing_in_the_next_attempt(scene: Scene[Crash]) -> None:
    played = await scene()
    expect_increasing_ids([*played.before, *played.after])


@requirement("STR-X1")
async def test_ids_count_from_0_again_in_the_next_attempt(
    scene: Scene[Crash], session: Session
) -> None:
    played = await scene()
    expect_counting_ids(played.before, session)
    if not played.after:
        inconclusive("the stream was closed, so nothing of the next attempt was seen")
    expect_counting_ids(played.after, session)


@requirement("RSM-04")
async def test_resuming_in_the_crashed_attempt_gives_the_rest_of_both(scene: Scene[Crash]) -> None:
    played = await scene()
    rest = [*played.before[4:], *played.after]
    if not played.after:
        same("events replayed of the crashed attempt", len(played.replayed) >= len(rest), True)
        rest = [*rest, *played.replayed[len(rest) :]]
    ids = [event.id for event in played.replayed]
    same_sequence("ids of replayed events", ids, [event.id for event in rest])
    same("`metadata` in the replay", event_names(played.replayed).count("metadata"), 1)
