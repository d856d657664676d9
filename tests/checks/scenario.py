"""What happens in a simulated certification: one of each kind of run, and the plain ones."""

from collections.abc import Callable
from typing import Any

from onceproof.conformance.history import Record
from tests.checks.simulated_objects import (
    create_by_id,
    fire_cron,
    list_runs,
    update_assistant,
    use_item,
)
from tests.checks.simulated_world import (
    Process,
    Run,
    World,
    execute,
    execute_and_kill,
    execute_and_pause,
    execute_ticks,
    poll,
    quiesce,
    subscribe,
    until,
)

#: How a run is expected to end, by whoever created it.
EXPECTED = {"statuses": ["success"], "most": 2, "fatal": False}

Ledger = list[dict[str, Any]]


def simulate(seed: int, plain: int = 2) -> list[Record]:
    """The history of a correct deployment; equal seeds give equal histories."""
    world = World(seed)
    for n in range(plain):
        world.start(_run_alone(world, f"plain-{n}"))
        world.start(_watch_stream(world, f"ticks-{n}"))
    world.start(
        *_queue_three(world),
        _run_alone(world, "retry", execute_and_kill),
        _run_alone(world, "zombie", execute_and_pause),
    )
    world.start(_watch_stream(world, "reticks", killed_at=world.rng.randrange(1, 5)))
    world.start(_lose_answer(world, "recovered"), _lose_answer(world, "unknown"), _refuse(world))
    world.start(_cancel(world), _cancel_too_late(world), _delete(world), _run_once(world))
    queued = [f"queued-{n}" for n in range(3)]
    world.start(*use_item(world), *update_assistant(world), *create_by_id(world, "thread"))
    world.start(*create_by_id(world, "assistant"))
    world.start(list_runs(world, "t/queued", queued), fire_cron(world))
    world.play()
    for nonce in ("retry", "unknown"):
        world.add("mark", "expected-end", None, "harness", **EXPECTED, nonce=nonce)
    return quiesce(world)


def _steps(world: World) -> int:
    return world.rng.randrange(2, 5)


def _run_alone(world: World, nonce: str, worker: Callable[..., Process] | None = None) -> Process:
    """A run with a thread of its own, perhaps one whose worker comes to grief."""
    yield world.pause(100_000)
    steps = _steps(world)
    run = world.submit(nonce, f"t/{nonce}", [], steps=steps)
    yield world.pause()
    world.acknowledge(run)
    if worker is None:
        world.start(execute(world, run, range(steps)))
    else:
        world.start(worker(world, run, steps, world.rng.randrange(steps)))
    yield from poll(world, run)


def _queue_three(world: World) -> list[Process]:
    ledger: Ledger = []
    before: Run | None = None
    processes = []
    for n in range(3):
        steps = _steps(world)
        run = world.submit(f"queued-{n}", "t/queued", ledger, steps=steps, strategy="enqueue")
        world.now += 1_000
        world.acknowledge(run)
        processes += [_run_after(world, run, before, steps), poll(world, run)]
        before = run
        world.now += 1_000
    return processes


def _run_after(world: World, run: Run, before: Run | None, steps: int) -> Process:
    if before is not None:
        yield from until(lambda: before.over)
        yield world.pause()
    yield from execute(world, run, range(steps))


def _watch_stream(world: World, nonce: str, killed_at: int | None = None) -> Process:
    """A stream with two complete readers, one that cuts and resumes, and one that joins late."""
    yield world.pause(100_000)
    total = world.rng.randrange(10, 20)
    run = world.submit(nonce, f"t/{nonce}", [], total=total, via="stream")
    yield world.pause()
    world.acknowledge(run)
    world.start(
        execute_ticks(world, run, total, killed_at),
        subscribe(world, run, "first", from_start=True),
        subscribe(world, run, "cut", from_start=True, cut=world.rng.randrange(2, total - 4)),
        _join_late(world, run),
    )
    yield from poll(world, run)
    yield from subscribe(world, run, "replay", after="0", from_start=True)


def _join_late(world: World, run: Run) -> Process:
    yield from until(lambda: len(run.stream) > 3)
    yield from subscribe(world, run, "late", from_start=False, at=len(run.stream))


def _lose_answer(world: World, nonce: str) -> Process:
    """A create whose answer is lost: `recovered` was accepted, `unknown` never was."""
    yield world.pause(100_000)
    run = world.submit(nonce, f"t/{nonce}", [], steps=2)
    yield world.pause()
    world.add("info", "run.create", nonce, f"c/{nonce}")
    if nonce == "unknown":
        run.status = None
    else:
        yield from execute(world, run, range(2))


def _refuse(world: World) -> Process:
    run = world.submit("refused", "t/queued", [], steps=1, strategy="reject")
    yield world.pause()
    world.add("fail", "run.create", "refused", "c/refused")
    run.status = None


def _cancel(world: World) -> Process:
    run = world.submit("cancelled", "t/cancelled", [], steps=9)
    yield world.pause()
    world.acknowledge(run)
    running = execute(world, run, range(9))
    for _ in range(world.rng.randrange(1, 12)):
        yield next(running)
    asked = {"action": "interrupt", "wait": True}
    world.add("invoke", "run.cancel", "cancelled", "c/cancelled", **asked)
    yield world.pause()
    run.status = "interrupted"
    yield world.pause()
    world.add("ok", "run.cancel", "cancelled", "c/cancelled", **asked)
    yield from poll(world, run)


def _cancel_too_late(world: World) -> Process:
    """Two clients cancel a run that completes all the same: one in time, and one too late."""
    run = world.submit("outrun", "t/outrun", [], steps=1)
    yield world.pause()
    world.acknowledge(run)
    world.start(poll(world, run))
    yield world.pause()
    asked = {"action": "interrupt", "wait": world.rng.random() < 0.5}
    world.add("invoke", "run.cancel", "outrun", "c/outrun", **asked)
    yield from execute(world, run, range(1))
    world.add("invoke", "run.cancel", "outrun", "late/outrun", **asked)
    yield world.pause()
    world.add("ok", "run.cancel", "outrun", "c/outrun", **asked)
    yield world.pause()
    world.refuse("run.cancel", "outrun", "late/outrun", 409)


def _delete(world: World) -> Process:
    run = world.submit("deleted", "t/deleted", [], steps=2)
    yield world.pause()
    world.acknowledge(run)
    yield from execute(world, run, range(2))
    world.add("invoke", "run.delete", "deleted", "c/deleted")
    yield world.pause()
    world.add("ok", "run.delete", "deleted", "c/deleted")
    run.status, run.log = None, []


def _run_once(world: World) -> Process:
    run = world.submit("once", None, [], via="wait")
    yield world.pause()
    world.acknowledge(run)
    yield world.pause()
    world.sign("once", "once", world.token(), key="0")
    yield world.pause()
    world.add("ok", "run.result", "once", "c/once", run_id="r/once", log=None)
