"""An honest server, its clients, the sink and the faults, as a small discrete-event simulation.

`simulate(seed)` gives the history that a correct deployment would leave behind. The name of a
nonce says what happens to its run: `plain`, `queued` (three runs of one thread), `retry` (its
worker is killed), `zombie` (paused past its lease, then resumed), `ticks` (a watched stream),
`reticks` (a stream whose worker is killed), `recovered`, `unknown` and `refused` creates,
`cancelled`, `outrun` (cancelled when it is all but done), `deleted`, and `once` (stateless). A
process is a generator that yields how long it sleeps, in ns; every record takes its time from the
one clock.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import msgspec

from onceproof.conformance.history import Record
from onceproof.conformance.history.build import entry, history, record

Process = Iterator[int]
LEASE = 60_000


@dataclass
class Run:
    """What the server knows of a run; `stream` is its buffer, `log` the ledger of its thread."""

    nonce: str
    thread_id: str | None
    log: list[dict[str, Any]]
    status: str | None = "pending"
    stream: list[dict[str, Any]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.status not in ("pending", "running")


class World:
    """The clock, the history, the sink's counter, and everything that is going on."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        self.now = 0
        self.records: list[Record] = []
        self.runs: dict[str, Run] = {}
        self._tokens = 0
        self._agenda: list[tuple[int, int, Process]] = []
        self._started = 0

    def start(self, *processes: Process) -> None:
        for process in processes:
            self._started += 1
            heapq.heappush(self._agenda, (self.now, self._started, process))

    def play(self) -> None:
        while self._agenda:
            self.now, _, process = heapq.heappop(self._agenda)
            for pause in process:
                self._started += 1
                heapq.heappush(self._agenda, (self.now + pause, self._started, process))
                break

    def pause(self, at_most: int = 20_000) -> int:
        return self.rng.randrange(1_000, at_most)

    def add(self, kind: Any, op: str, key: str | None, who: str, /, **value: Any) -> None:
        self.records.append(record(kind, op, key, who=who, at=self.now, value=value))

    def refuse(self, op: str, key: str, who: str, status: int) -> None:
        refusal = record("fail", op, key, who=who, at=self.now, value={})
        self.records.append(msgspec.structs.replace(refusal, http={"status": status}))

    def sign(self, op: str, nonce: str, token: int, /, **value: Any) -> None:
        self.add("effect", op, nonce, "sink", token=token, **value)

    def token(self) -> int:
        self._tokens += 1
        return self._tokens

    def begin(self, nonce: str, step: int) -> int:
        token = self.token()
        self.sign("begin", nonce, token, step=step)
        return token

    def submit(self, nonce: str, thread_id: str | None, log: list[Any], **asked: Any) -> Run:
        run = self.runs[nonce] = Run(nonce, thread_id, log)
        self.add("invoke", "run.create", nonce, f"c/{nonce}", thread_id=thread_id, **asked)
        return run

    def acknowledge(self, run: Run) -> None:
        ids = {"run_id": f"r/{run.nonce}", "thread_id": run.thread_id or f"own/{run.nonce}"}
        self.add("ok", "run.create", run.nonce, f"c/{run.nonce}", **ids)


def until(condition: Callable[[], bool]) -> Process:
    while not condition():
        yield 700


def step(world: World, run: Run, i: int) -> Process:
    """One execution that is committed."""
    token = world.begin(run.nonce, i)
    yield world.pause()
    world.sign("ping", run.nonce, token)
    yield world.pause()
    world.sign("effect", run.nonce, token, key=str(i))
    yield world.pause()
    world.sign("end", run.nonce, token, outcome="ok")
    yield world.pause()
    run.log.append(entry(run.nonce, i, token))


def execute(world: World, run: Run, steps: range) -> Process:
    run.status = "running"
    for i in steps:
        yield from step(world, run, i)
        yield world.pause()
    run.status = "success"


def execute_and_kill(world: World, run: Run, steps: int, at: int) -> Process:
    """Kill the worker within step `at`; the run is queued again, and another worker finishes it."""
    yield from execute(world, run, range(at))
    run.status = "running"
    token = world.begin(run.nonce, at)
    yield world.pause()
    world.sign("effect", run.nonce, token, key=str(at))
    yield world.pause()
    value = {"nonces": [run.nonce], "recovery_ms": 0}
    world.add("fault", "kill", None, "faults", phase="inject", **value)
    yield LEASE
    run.status = "pending"
    world.add("fault", "kill", None, "faults", phase="heal", **value)
    yield world.pause()
    yield from execute(world, run, range(at, steps))


def execute_and_pause(world: World, run: Run, steps: int, at: int) -> Process:
    """Pause the worker past its lease within step `at`; its late commit is refused."""
    yield from execute(world, run, range(at))
    run.status = "running"
    token = world.begin(run.nonce, at)
    yield world.pause()
    value = {"nonces": [run.nonce], "recovery_ms": 1}
    world.add("fault", "pause", None, "faults", phase="inject", **value)
    yield LEASE
    world.start(execute(world, run, range(at, steps)))
    yield world.pause(120_000)
    world.add("fault", "pause", None, "faults", phase="heal", **value)
    yield world.pause()
    world.sign("effect", run.nonce, token, key=str(at))
    yield world.pause()
    world.sign("end", run.nonce, token, outcome="ok")


def emit(run: Run, name: str, **value: Any) -> None:
    n = len(run.stream)
    run.stream.append(
        {"nonce": run.nonce, "name": name, "id": f"{n}-0", "digest": f"d{n}", **value}
    )


def execute_ticks(world: World, run: Run, total: int, killed_at: int | None = None) -> Process:
    """A run that emits `total` events; killed after some of them, it emits them all again."""
    run.status = "running"
    emit(run, "metadata")
    token = world.begin(run.nonce, 0)
    for seq in range(total):
        yield world.pause(8_000)
        if seq == killed_at:
            value = {"nonces": [run.nonce], "recovery_ms": 0}
            world.add("fault", "kill", None, "faults", phase="inject", **value)
            yield LEASE
            world.add("fault", "kill", None, "faults", phase="heal", **value)
            yield from execute_ticks(world, run, total)
            return
        emit(run, "custom", seq=seq, total=total, token=token, h=f"{token}/{seq}")
        if seq == total // 2:
            emit(run, "updates")
    yield world.pause()
    world.sign("effect", run.nonce, token, key="0")
    world.sign("end", run.nonce, token, outcome="ok")
    emit(run, "values")
    yield world.pause()
    run.status = "success"


def subscribe(world: World, run: Run, name: str, **asked: Any) -> Process:
    """Read the stream; `cut` says after how many events the client leaves and resumes."""
    cut, at, after = asked.pop("cut", None), asked.pop("at", 0), asked.pop("after", None)
    key = f"{run.nonce}/{name}"
    world.add("invoke", "sub.open", key, key, nonce=run.nonce, after=after, resumable=True, **asked)
    yield world.pause(3_000)
    world.add("ok", "sub.open", key, key)
    seen = 0
    while seen != cut and (at < len(run.stream) or not run.over):
        if at == len(run.stream):
            yield 700
            continue
        world.add("event", "sub.event", key, key, **run.stream[at])
        at, seen = at + 1, seen + 1
        yield world.pause(3_000)
    reason = "eof" if cut is None else "cut"
    world.add("mark", "sub.close", key, key, reason=reason, nonce=run.nonce)
    if cut is not None:
        yield world.pause()
        rest = {"at": at, "after": run.stream[at - 1]["id"], "from_start": False}
        yield from subscribe(world, run, "resumed", **rest)


def poll(world: World, run: Run) -> Process:
    """A client that reads the status until the run is over, then the result."""
    who, terminal, asks = f"p/{run.nonce}", False, world.rng.random() < 0.5
    while not terminal:
        # Clients record a read either with its request, or by its answer that tells `call_t`.
        asked = {} if asks else {"call_t": world.now}
        if asks:
            world.add("invoke", "run.status", run.nonce, who)
        yield world.pause(4_000)
        terminal = run.over
        world.add("ok", "run.status", run.nonce, who, status=run.status, **asked)
        yield world.pause()
    log = list(run.log) if run.log else None
    world.add("ok", "run.result", run.nonce, who, run_id=f"r/{run.nonce}", log=log)


def quiesce(world: World) -> list[Record]:
    """The end: the mark and one read of each run that is known or asked for."""
    world.now += 10_000
    world.add("mark", "quiesced", None, "harness", drained=True)
    for run in world.runs.values():
        world.now += 1_000
        if run.thread_id is not None:
            log = list(run.log) if run.log else None
            value = {"run_id": f"r/{run.nonce}", "status": run.status, "log": log}
            world.add("snap", "final", run.nonce, "harness", **value)
    return history(*world.records)
