"""One chaos: everything is started, a safety phase, a liveness phase, and the judgement.

Safety    the workload and the faults of the schedule, for the plan's minutes
Liveness  all is healed and started again; runs whose create was never answered are looked for by
          their nonces; within `drain_s` everything has to come to rest, and is read once more
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from onceproof.conformance.chaos.counts import Counts, counts
from onceproof.conformance.chaos.nemesis import Player
from onceproof.conformance.chaos.plan import Plan, places_of
from onceproof.conformance.chaos.recovery import Recovery, recovery
from onceproof.conformance.chaos.workload import Crew, Tally
from onceproof.conformance.checks import CheckResult, run_all
from onceproof.conformance.errors import CERTIFIED, FAILED, HARNESS, INCONCLUSIVE
from onceproof.conformance.faults import revive, schedule
from onceproof.conformance.faults.catalogue import PATIENCE_S, Entry, Places
from onceproof.conformance.faults.context import Ground
from onceproof.conformance.faults.wiring import WiredSession
from onceproof.conformance.verdict import Verdict
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

SCHEDULE = "schedule.json"
TELL_EVERY_S = 10.0
#: A client ends its round within this time of the heal: no wait of a round is longer.
ROUND_S = 90.0
#: What a server says in its log when it refuses a zombie's write, as the reference server does.
FENCED = "fenced: refused"

Say = Callable[[str], None]


#: The checks that every chaos feeds, however short; others judge what of theirs came about.
DEMANDED = frozenset(
    {"assumptions", "lost", "duplicate", "phantom", "overlap", "stream_bounds", "monotonic_status"}
)


@dataclass(frozen=True)
class Outcome:
    """What came of a chaos."""

    seed: int
    folder: Path
    played: Sequence[Entry]
    checks: Sequence[CheckResult]
    counts: Counts
    recovery: Recovery
    tally: Tally
    fenced: dict[str, int]
    fell: Sequence[str]
    seconds: float

    @property
    def failing(self) -> list[str]:
        """The checks that found something."""
        return [check.check for check in self.checks if check.verdict is Verdict.FAIL]

    @property
    def exit_status(self) -> int:
        """0, 10 or 11 as for certify, or 70 when the harness's own evidence is broken."""
        verdicts = {
            check.verdict
            for check in self.checks
            if check.check in DEMANDED or check.verdict is not Verdict.INCONCLUSIVE
        }
        if Verdict.ERROR in verdicts:
            return HARNESS
        if Verdict.FAIL in verdicts:
            return FAILED
        if Verdict.INCONCLUSIVE in verdicts or self.tally.surprises:
            return INCONCLUSIVE
        return CERTIFIED


def run_chaos(plan: Plan, say: Say, entries: Sequence[Entry] | None = None) -> Outcome:
    """Play the plan; `entries` take the place of its own schedule."""
    began = time.monotonic()
    with WiredSession(plan.options, say) as session:
        places = places_of(session.target.replicas, plan.options.lease_ms)
        chosen = _schedule(plan, places) if entries is None else list(entries)
        schedule.keep(chosen, session.folder / SCHEDULE)
        say(f"{len(chosen)} faults over {plan.seconds:g} s; history in {session.folder}")
        phases = _Phases(plan, session, say)
        try:
            played, tally, fell = asyncio.run(phases.play(chosen))
        finally:
            phases.close()
        fenced = _fenced(session)
        history = session.records()
    say("checking the history")
    checks = run_all(history)
    return Outcome(
        plan.seed,
        session.folder,
        played,
        checks,
        counts(history, checks),
        recovery(history),
        tally,
        fenced,
        fell,
        round(time.monotonic() - began, 1),
    )


class _Phases:
    """Both phases, on the workload's event loop."""

    def __init__(self, plan: Plan, session: WiredSession, say: Say) -> None:
        self._plan = plan
        self._session = session
        self._say = say
        self._player: Player | None = None

    def close(self) -> None:
        """Mend what an interruption left broken; not on the loop, which that may need."""
        if self._player is not None:
            self._player.close()

    async def play(self, entries: Sequence[Entry]) -> tuple[list[Entry], Tally, list[str]]:
        """What was played and seen, and the replicas that had fallen without a fault."""
        session = self._session
        async with Api(session.urls, session.history) as api:
            runs = Runs(api, session.history, session.sink.url)
            ground = Ground(session, runs, asyncio.get_running_loop())
            player = self._player = Player(ground, self._say)
            crew = Crew(self._plan, runs, session.history)
            await self._safety(player, crew, entries)
            fell = await self._liveness(runs, crew)
        return player.played, crew.tally, fell

    async def _safety(self, player: Player, crew: Crew, entries: Sequence[Entry]) -> None:
        stop = asyncio.Event()
        telling = asyncio.create_task(self._tell(player, crew))
        working = asyncio.create_task(crew.work(stop))
        try:
            await player.play(entries, self._plan.seconds)
            stop.set()
            self._say("healed; the clients end what they are at")
            async with asyncio.timeout(ROUND_S + self._plan.drain_s):
                await working
        finally:
            working.cancel()
            telling.cancel()

    async def _liveness(self, runs: Runs, crew: Crew) -> list[str]:
        levers, replicas = self._session.levers(), self._session.target.replicas
        fell = [each.name for each in replicas if not levers.alive(each.name)]
        await asyncio.to_thread(revive, levers, fell, patience_s=PATIENCE_S)
        self._say(f"draining {len(runs.made)} runs, within {self._plan.drain_s:g} s")
        await self._recover(runs, crew.tally)
        began = time.monotonic()
        at_rest = await runs.final_snapshot(runs.made, self._plan.drain_s)
        after = f"after {time.monotonic() - began:.1f} s"
        self._say(f"all at rest {after}" if at_rest else f"still not all at rest {after}")
        return fell

    async def _recover(self, runs: Runs, tally: Tally) -> None:
        """Find runs whose create was not answered: what is there is judged as if it had been."""
        for unknown in tally.unknown:
            if unknown.handle is not None or unknown.thread_id is None:
                continue
            try:
                found = await runs.recover(unknown)
            except httpx.HTTPError as error:
                tally.surprise(f"looking for run {unknown.nonce}: {error!r}")
                continue
            if found is not None:
                runs.made.append(found)

    async def _tell(self, player: Player, crew: Crew) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            unclear = len(crew.tally.unknown)
            self._say(
                f"{time.monotonic() - began:.0f} s: {crew.created} runs accepted, "
                f"{unclear} unclear, {len(player.played)} faults"
            )


def _schedule(plan: Plan, places: Places) -> list[Entry]:
    if plan.schedule is not None:
        return schedule.load(plan.schedule, places)
    return schedule.draw(plan.seed, plan.seconds, places, plan.faults)


def _fenced(session: WiredSession) -> dict[str, int]:
    """Writes that workers refused: lines of their logs over all starts, and what /metrics count
    since the last one."""
    workers = [each for each in session.target.replicas if each.role in ("worker", "all")]
    lines = sum(session.levers().log(each.name).count(FENCED) for each in workers)
    counted = 0
    for each in workers:
        try:
            answer = httpx.get(f"{each.own_url}/metrics", params={"format": "json"}, timeout=5)
            counted += sum(answer.json().get("fenced", {}).values())
        except (httpx.HTTPError, ValueError, AttributeError):
            continue
    return {"log lines": lines, "on /metrics": counted}
