"""A worker stalls longer than its lease and comes back: it must not do anything any more."""

import anyio

from conformance.faults import paused
from conformance.register.marker import requirement
from conformance.session import Session
from conformance.suite.expect import answered, same
from conformance.suite.queue.scenes import committed_tokens, held, stopped_inside, worker_of
from conformance.targets import Levers
from conformance.wire.runs import Runs
from conformance.witness import Sink

STEPS = 6
STOP = 2

#: What the reference server writes when it refuses a zombie; other servers need not.
REFUSED = "fenced:"


@requirement("QUE-21")
async def test_a_zombies_late_writes_change_nothing(
    runs: Runs, sink: Sink, session: Session, levers: Levers
) -> None:
    handle, first = await stopped_inside(runs, sink, steps=STEPS, step=STOP)
    worker = worker_of(levers, first)
    with paused(session, worker, [handle.nonce]):
        sink.release(handle.nonce)
        status = await runs.until_terminal(handle, session.recovery_ms / 1000 + 20)
        same("status after another worker took over", status, "success")
        before = answered(await runs.api.get(handle.path))
        tokens = await committed_tokens(runs, handle)
    session.history.add("mark", "lease-expired-while-alive", who="harness")
    await _zombie_has_spoken(sink, handle.nonce, first.token)
    await _until_logged(session, levers, worker)
    after = answered(await runs.api.get(handle.path))
    same("status after the zombie woke", after["status"], before["status"])
    same("updated_at after the zombie woke", after["updated_at"], before["updated_at"])
    same("state after the zombie woke", await committed_tokens(runs, handle), tokens)
    same("steps in the state", [step for step, _ in tokens], list(range(STEPS)))
    same("the zombie's token in the state", first.token in {t for _, t in tokens}, False)
    await runs.final_snapshot([handle])
    held(session, "stale_commit", [handle.nonce])


async def _zombie_has_spoken(sink: Sink, nonce: str, token: int) -> None:
    """Wait until the zombie's own execution ended, after which its write is on the way."""
    # Both executions of the step end: the successor's and, once it runs on, the zombie's.
    ended = await sink.async_wait_for(nonce, "end", 2, step=STOP, timeout_s=30)
    same("the zombie's execution ended", token in {one.token for one in ended}, True)


async def _until_logged(session: Session, levers: Levers, worker: str) -> None:
    """Let the refusal arrive: the reference server logs it; elsewhere a second run passes by."""
    if session.target.kind != "reference":
        await anyio.sleep(session.options.lease_ms / 1000)
        return
    with anyio.fail_after(20):
        while REFUSED not in levers.log(worker):
            await anyio.sleep(0.05)
