"""One chaos: everything is started, a safety phase, a liveness phase, and the judgement.

Safety    the workload and the faults of the schedule, for the plan's minutes
Liveness  all is healed and started again; runs whose create was never answered are looked for by
          their nonces; within `drain_s` everything has to come to rest, and is read once more

What it saw becomes evidence in the run's folder, and the results are derived from that as those of
a certification are, so `recheck` works on either. A chaos that is interrupted claims nothing, but
what it saw is written all the same.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from msgspec.structs import replace

from onceproof.conformance.access.clients import open_sync_client
from onceproof.conformance.chaos.nemesis import Nemesis
from onceproof.conformance.chaos.plan import Plan, places_of
from onceproof.conformance.chaos.poison import PoisonWorkload
from onceproof.conformance.chaos.report import failing_checks
from onceproof.conformance.chaos.workload import Tally, Workload
from onceproof.conformance.errors import Interrupted, MissingLever
from onceproof.conformance.faults import revive, schedule
from onceproof.conformance.faults.catalogue import PATIENCE_S, Entry, Topology
from onceproof.conformance.faults.context import FaultContext
from onceproof.conformance.faults.fleet import keep_alive
from onceproof.conformance.faults.wiring import WiredSession
from onceproof.conformance.history.storage import replace_half_surrogates
from onceproof.conformance.run_folder import SCHEDULE, guard_folder, release_reserve
from onceproof.conformance.runner.conclusion import Beginning, conclude
from onceproof.conformance.runner.provenance import describe_run
from onceproof.conformance.stopping import STOPPED, stop_request, until_stopped
from onceproof.conformance.targets.capabilities import FENCING_LOG
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs
from onceproof.reports.chaos import ChaosEvidence
from onceproof.reports.results import Results

REPORT_EVERY_S = 10.0
#: A client ends its operation within this time of the heal: no wait inside one is longer.
OPERATION_S = 90.0

Say = Callable[[str], None]
Load = Workload | PoisonWorkload


@dataclass(frozen=True)
class ChaosRun:
    """A chaos that is over: its results, the files they were written to, and what was played."""

    results: Results
    files: Mapping[str, Path]
    played: Sequence[Entry]

    @property
    def folder(self) -> Path:
        """Where it left everything."""
        return Path(self.results.run.folder)

    @property
    def failing(self) -> list[str]:
        """The checks that found something."""
        return failing_checks(self.results)


@dataclass
class Account:
    """What a chaos did and saw that is not in its history, as far as it came."""

    played: list[Entry] = field(default_factory=list)
    fallen: list[str] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    fenced: dict[str, int] = field(default_factory=dict)
    deaths: Counter[str] = field(default_factory=Counter)
    ends_by_kind: dict[str, dict[str, int]] = field(default_factory=dict)
    interrupted: bool = False

    def describe(self) -> ChaosEvidence:
        """Return it as evidence."""
        return ChaosEvidence(
            faults=dict(Counter(entry.fault for entry in self.played)),
            operations=dict(self.tally.operations),
            disturbed=self.tally.disturbed.total(),
            surprises=replace_half_surrogates(self.tally.surprises, "backslashreplace"),
            fenced=self.fenced,
            fallen=self.fallen,
            died=dict(self.deaths),
            ends_by_kind=self.ends_by_kind,
        )


def run_chaos(plan: Plan, say: Say, entries: Sequence[Entry] | None = None) -> ChaosRun:
    """Play the plan and write its reports; `entries` take the place of its own schedule."""
    session = WiredSession(plan.options, say)
    with guard_folder(session.folder):
        return _run(plan, session, say, entries)


def _run(plan: Plan, session: WiredSession, say: Say, entries: Sequence[Entry] | None) -> ChaosRun:
    began, account = Beginning(), Account()
    try:
        with session:
            _play(_Phases(plan, session, say, account), entries)
            stop_request.check()
    except Interrupted:
        account.interrupted = stop_request.failure is None
        say(STOPPED)
    release_reserve(session.folder)
    say("checking the history")
    run = describe_run(session.folder, began.at, plan.call, seed=plan.seed)
    evidence = replace(
        began.collect_evidence(run, *session.describe()),
        chaos=account.describe(),
        interrupted=account.interrupted,
        broken=stop_request.failure,
    )
    results, files = conclude(evidence, session.folder)
    return ChaosRun(results, files, account.played)


def _play(phases: "_Phases", entries: Sequence[Entry] | None) -> None:
    """Play the schedule on a session that has started; the account is kept as it goes."""
    plan, session, say, account = phases.plan, phases.session, phases.say, phases.account
    places = places_of(session.target.replicas, plan.options.lease_ms)
    chosen = _schedule(plan, places) if entries is None else list(entries)
    schedule.save_schedule(chosen, session.folder / SCHEDULE)
    say(f"{len(chosen)} faults over {plan.seconds:g} s; history in {session.folder}")
    with _watch_over(plan, session, say) as deaths:
        account.deaths = deaths
        try:
            asyncio.run(until_stopped(phases.play(chosen)))
        finally:
            phases.close()
    account.fenced = _count_fenced_writes(session)


def _watch_over(
    plan: Plan, session: WiredSession, say: Say
) -> AbstractContextManager[Counter[str]]:
    """Start again what dies by itself under poison; elsewhere nothing may, and it stays down."""
    return keep_alive(session, say) if plan.is_poison else nullcontext(Counter())


class _Phases:
    """Both phases, on the workload's event loop."""

    def __init__(self, plan: Plan, session: WiredSession, say: Say, account: Account) -> None:
        self.plan = plan
        self.account = account
        self.session = session
        self.say = say
        self._nemesis: Nemesis | None = None

    def close(self) -> None:
        """Restore what an interruption left broken; not on the loop, which that may need."""
        if self._nemesis is not None:
            self._nemesis.close()

    async def play(self, entries: Sequence[Entry]) -> None:
        """Run both phases, unless it was asked to stop before."""
        stop_request.check()
        session = self.session
        async with Api(session.urls, session.history) as api:
            runs = Runs(api, session.history, session.sink.url)
            ground = FaultContext(session, runs, asyncio.get_running_loop())
            nemesis = self._nemesis = Nemesis(ground, self.say)
            make = PoisonWorkload if self.plan.is_poison else Workload
            workload = make(self.plan, runs, session.history)
            self.account.played, self.account.tally = nemesis.played, workload.tally
            await self._safety(nemesis, workload, entries)
            self.account.fallen = await self._liveness(runs, workload.tally)
        self.account.ends_by_kind = workload.count_ends(session.records())

    async def _safety(self, nemesis: Nemesis, workload: Load, entries: Sequence[Entry]) -> None:
        stop = asyncio.Event()
        reporting = asyncio.create_task(self._report_progress(nemesis, workload))
        working = asyncio.create_task(workload.work(stop))
        try:
            await nemesis.play(entries, self.plan.seconds)
            stop.set()
            self.say("healed; the clients finish what they are doing")
            async with asyncio.timeout(OPERATION_S + self.plan.drain_s):
                await working
        finally:
            working.cancel()
            reporting.cancel()

    async def _liveness(self, runs: Runs, tally: Tally) -> list[str]:
        levers, replicas = self.session.levers(), self.session.target.replicas
        fallen = [each.name for each in replicas if not levers.alive(each.name)]
        await asyncio.to_thread(revive, levers, fallen, patience_s=PATIENCE_S)
        self.say(f"draining {len(runs.made)} runs, within {self.plan.drain_s:g} s")
        await self._recover(runs, tally)
        began = time.monotonic()
        at_rest = await runs.final_snapshot(runs.made, self.plan.drain_s)
        after = f"after {time.monotonic() - began:.1f} s"
        self.say(f"all at rest {after}" if at_rest else f"still not all at rest {after}")
        return fallen

    async def _recover(self, runs: Runs, tally: Tally) -> None:
        """Find runs whose create was not answered: those that exist are judged as accepted."""
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

    async def _report_progress(self, nemesis: Nemesis, workload: Load) -> None:
        began = time.monotonic()
        while True:
            await asyncio.sleep(REPORT_EVERY_S)
            unclear = len(workload.tally.unknown)
            self.say(
                f"{time.monotonic() - began:.0f} s: {workload.run_count} runs accepted, "
                f"{unclear} unclear, {len(nemesis.played)} faults"
            )


def _schedule(plan: Plan, places: Topology) -> list[Entry]:
    if plan.schedule is not None:
        return schedule.load_schedule(plan.schedule, places)
    if plan.is_poison and not plan.faults:
        return []
    return schedule.draw(plan.seed, plan.seconds, places, plan.faults)


def _count_fenced_writes(session: WiredSession) -> dict[str, int]:
    """Count the writes that workers refused: log lines since the first start of each, and what
    /metrics has counted since its last."""
    workers = [each for each in session.target.replicas if each.role in ("worker", "all")]
    lines = sum(_read_log(session, each.name).count(FENCING_LOG) for each in workers)
    metrics = 0
    for each in workers:
        try:
            with open_sync_client(str(each.own_url), timeout=5) as client:
                answer = client.get("/metrics", params={"format": "json"})
            metrics += sum(answer.json().get("fenced", {}).values())
        except (httpx.HTTPError, ValueError, AttributeError):
            continue
    return {"log lines": lines, "on /metrics": metrics}


def _read_log(session: WiredSession, replica: str) -> str:
    """Return a replica's log; empty where no lever shows it."""
    try:
        return session.levers().log(replica)
    except MissingLever:
        return ""
