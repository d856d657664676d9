"""A client that is cut and comes back gets exactly what it has not had, wherever it was cut.

A hundred cuts over ten runs, half of which write without a pause, on all replicas in turn. Each
client starts behind the first event that the client who created the run has got, and reads a few
events between two cuts; the places and replicas are random, and the same in every certification.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import assert_checks, same
from onceproof.conformance.suite.kit.gates import gate
from onceproof.conformance.suite.kit.streams import demand_ticks, mode_of, same_sequence, stream_run
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.wire.sse import SseEvent
from onceproof.conformance.witness import Sink

SEED = 20
RUNS = 10
CLIENTS = 2
CUTS = 5
#: Many long streams at once are slow on a slow server, which is not what is judged here.
PATIENCE_S = 120.0

INPUTS: Sequence[tuple[str, dict[str, Any]]] = [
    ("burst", {"total": 600}),
    ("ticks", {"total": 100, "sleep_ms": 5}),
]


@dataclass
class CutUp:
    """A run, its whole stream, what each client with cuts got, and the ids they were cut at."""

    nonce: str
    graph: str
    total: int
    whole: list[SseEvent]
    clients: list[list[SseEvent]] = field(default_factory=list)
    cuts: list[str | None] = field(default_factory=list)

    @property
    def inside(self) -> list[str | None]:
        """The cuts between two numbered events."""
        numbered = [event.id for event in self.whole if mode_of(event) == "custom"]
        return [cut for cut in self.cuts if cut in numbered[:-1]]


@requirement("RSM-04")
@pytest.mark.usefixtures("calm")
async def test_a_hundred_random_cuts_lose_and_repeat_nothing(runs: Runs, session: Session) -> None:
    played = await asyncio.gather(*(_cut_up(runs, number) for number in range(RUNS)))
    for each in played:
        demand_ticks(each.whole, each.nonce, each.total)
        for events in each.clients:
            same_sequence(
                "events of a client with cuts", _contents(events), _contents(each.whole[1:])
            )
    _mark(runs, session, played)
    nonces = [each.nonce for each in played]
    assert_checks(session, nonces, "stream_order", "stream_bounds")
    assert_checks(session, nonces, "resume_equality", "subscriber_agreement")


async def _cut_up(runs: Runs, number: int) -> CutUp:
    graph, input = INPUTS[number % len(INPUTS)]
    body: dict[str, Any] = {"stream_mode": "custom", "stream_resumable": True}
    async with runs.stream(await runs.new_thread(), graph, input, **body) as sub:
        first = await sub.collect(limit=1)
        made = CutUp(sub.handle.nonce, graph, input["total"], first)
        async with runs.join_stream(sub.handle) as late:
            clients = [
                _client(runs, sub.handle, made, random.Random(f"{SEED} {number} {client}"))
                for client in range(CLIENTS)
            ]
            rest, _, *made.clients = await asyncio.gather(
                sub.collect(timeout_s=PATIENCE_S), late.collect(timeout_s=PATIENCE_S), *clients
            )
        made.whole = [*first, *rest]
    return made


async def _client(
    runs: Runs, handle: RunHandle, made: CutUp, dice: random.Random
) -> list[SseEvent]:
    """The events behind the first one, over connections of which all but the last are cut."""
    got: list[SseEvent] = []
    after = made.whole[0].id
    for limit in [*(dice.randint(1, 30) for _ in range(CUTS)), None]:
        place = dice.randrange(len(runs.api.urls))
        async with runs.join_stream(handle, after, at=place) as sub:
            got += await sub.collect(limit=limit, timeout_s=PATIENCE_S)
            after = sub.last_event_id or after
        if limit is not None:
            made.cuts.append(after)
    return got


@requirement("RSM-04")
async def test_a_client_that_resumes_in_a_silence_gets_what_is_written_later(
    runs: Runs, sink: Sink
) -> None:
    body: dict[str, Any] = {"stream_mode": "updates", "stream_resumable": True}
    with gate(sink, 1) as nonce:
        thread_id = await runs.new_thread()
        async with runs.stream(thread_id, "chain", {"steps": 3}, nonce=nonce, **body) as whole:
            # `metadata`, `begin` and step 0: all there is while step 1 stands still.
            before = await whole.collect(limit=3)
            async with runs.join_stream(whole.handle, before[1].id) as behind:
                async with runs.join_stream(whole.handle, before[2].id) as even:
                    sink.release(nonce)
                    rest, of_even = await whole.collect(), await even.collect()
                of_behind = await behind.collect()
    same("events after the silence", len([each for each in rest if each.name != "end"]), 2)
    same_sequence("events of the client that had them all", _contents(of_even), _contents(rest))
    same_sequence("events of the one before", _contents(of_behind), _contents([before[2], *rest]))


@requirement("RSM-05")
@pytest.mark.usefixtures("calm")
async def test_a_run_that_has_ended_can_be_resumed_from_every_event(
    runs: Runs, session: Session
) -> None:
    """A burst, since ids that count milliseconds are shared there and lead to the wrong place."""
    body: dict[str, Any] = {"stream_mode": ["custom", "values"], "stream_resumable": True}
    handle, whole = await stream_run(runs, "burst", {"total": 60}, **body)
    await runs.until_terminal(handle)
    for place, event in enumerate(whole):
        async with runs.join_stream(handle, event.id, at=place % len(runs.api.urls)) as sub:
            tail = await sub.collect(timeout_s=10)
        what = f"events after number {place} of {len(whole)}"
        same_sequence(what, _contents(tail), _contents(whole[place + 1 :]))
    assert_checks(session, [handle.nonce], "resume_equality", "stream_bounds")


def _contents(events: Sequence[SseEvent]) -> list[tuple[str | None, str, bytes]]:
    return [(event.id, event.name, event.data) for event in events]


def _mark(runs: Runs, session: Session, played: Sequence[CutUp]) -> None:
    """Say in the history what situations have come about; inconclusive without them."""
    inside = {each.nonce: len(each.inside) for each in played if each.graph == "burst"}
    if not all(inside.values()):
        inconclusive(f"cuts inside the bursts: {list(inside.values())}, but each needs one")
    add, cuts = session.history.add, sum(inside.values())
    bursts = {"nonces": list(inside), "cuts": cuts}
    add("mark", "resume-inside-burst", who="harness", value=bursts)
    if len(runs.api.urls) > 1:
        nonces = {"nonces": [each.nonce for each in played]}
        add("mark", "two-replicas-one-run", who="harness", value=nonces)
