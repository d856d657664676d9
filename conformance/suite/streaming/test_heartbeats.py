"""A run that has nothing to say for a while: its streams must show that they are alive.

The silence is waited for once, by two readers at the same time: the harness, which sees every
byte, and the official client, which must not take a heartbeat for an event.
"""

import asyncio
import time
from dataclasses import dataclass, field

from langgraph_sdk.client import LangGraphClient

from onceproof.conformance.access.clients import open_client
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.scene import Scene, scene_of
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import Comment
from onceproof.conformance.wire.streams import StreamTimeout
from onceproof.conformance.wire.subscriptions import Subscription

SILENCE_S = 15.0
SLACK_S = 2.0
LOOK_S = 0.25


@dataclass
class Silence:
    """What was seen of a run that stood still, until the first sign of life and to its end."""

    seconds: float = 0.0
    comments: list[Comment] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    client_events: list[str] = field(default_factory=list)


async def _silence(runs: Runs, session: Session) -> Silence:
    """A run stands still until its stream gives a sign of life, or should have."""
    seen = Silence()
    thread_id = await runs.new_thread()
    standing = hold_run(runs, session.sink, thread_id, stream_mode="custom")
    async with standing as run, runs.join_stream(run) as sub:
        client = asyncio.create_task(_with_official_client(runs.api, run))
        seen.seconds = await _sign_of_life(sub)
        session.sink.release(run.nonce)
        seen.events = [event.name for event in await sub.collect()]
        seen.comments = sub.stream.comments
        seen.client_events = await client
    return seen


scene = scene_of("STR-15", _silence)


@requirement("STR-15")
async def test_a_silent_stream_gives_a_sign_of_life(scene: Scene[Silence]) -> None:
    silence = await scene()
    bound = SILENCE_S + SLACK_S
    if silence.seconds > bound:
        raise AssertionError(f"not a byte in {bound:g} s of silence, but should be one in 15 s")


@requirement("STR-16")
async def test_signs_of_life_are_comments_that_no_client_takes_for_events(
    scene: Scene[Silence],
) -> None:
    silence = await scene()
    if not silence.comments and silence.seconds > SILENCE_S:
        inconclusive("the stream gave no sign of life")
    same("comments seen", bool(silence.comments), True)
    same("events of a run that streams nothing", silence.events, [])
    same("events for the official client", silence.client_events, [])


async def _sign_of_life(sub: Subscription) -> float:
    """Seconds until something came: a comment, or an event."""
    began = time.monotonic()
    while time.monotonic() - began <= SILENCE_S + SLACK_S:
        try:
            await sub.stream.next(LOOK_S)
            break
        except StreamTimeout:
            if sub.stream.comments:
                break
    return time.monotonic() - began


async def _with_official_client(api: Api, run: RunHandle) -> list[str]:
    """The events of the run's stream as the official client hands them out."""
    async with open_client(api.urls[0], timeout=60) as http:
        stream = LangGraphClient(http).runs.join_stream(
            run.thread_id or "", run.run_id, stream_mode="custom"
        )
        return [part.event async for part in stream]
