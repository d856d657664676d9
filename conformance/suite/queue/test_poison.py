"""Runs that are bad for the process that executes them, beside runs that are not."""

from collections.abc import Sequence

from onceproof.conformance.faults.record import expect_end
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import hold_runs
from onceproof.conformance.suite.kit.recovery import recovery_s, starts_again_s
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import wait_for_ends
from onceproof.conformance.suite.queue.crashes import let_crash, see_through
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: What BG_JOB_MAX_RETRIES is if nobody sets it, and nobody does here.
ATTEMPTS = 3


@requirement("QUE-29")
async def test_a_run_that_kills_its_process_takes_one_with_it_and_no_other_run(
    small: Small, small_runs: Runs, sink: Sink, session: Session
) -> None:
    _require_all_up(small)
    limit_s = ATTEMPTS * (recovery_s(session) + starts_again_s(session)) + 60
    nonce = new_nonce()
    async with hold_runs(small_runs, sink, small.slots - 1) as others:
        with let_crash(session, small, [nonce, *(each.nonce for each in others)]):
            thread_id = await small_runs.new_thread()
            poison = await small_runs.create(thread_id, "poison", {"how": "kill"}, nonce=nonce)
            await sink.async_wait_for(nonce, "begin")
            _expect(session, [nonce], "error", most=ATTEMPTS, fatal=True)
            _expect(session, [each.nonce for each in others], "success", most=ATTEMPTS)
            _release(sink, others)
            deaths = await see_through(small, small_runs, poison, limit_s)
            statuses = await wait_for_ends(small_runs, others, limit_s)
            await small_runs.final_snapshot([poison, *others])
    same("status of the run", await small_runs.status(poison), "error")
    executed = len(sink.executions(nonce))
    assert 1 <= executed <= ATTEMPTS, f"the run was executed {executed} times"
    assert len(deaths) <= 1, f"processes that it took with it: {', '.join(deaths)}"
    same("statuses of the other runs", set(statuses), {"success"})


def _expect(
    session: Session, nonces: Sequence[str], status: str, *, most: int, fatal: bool = False
) -> None:
    for nonce in nonces:
        expect_end(session.history, nonce, status, most=most, fatal=fatal)


def _require_all_up(small: Small) -> None:
    down = [name for name in small.names if not small.levers.alive(name)]
    if down:
        inconclusive(f"{', '.join(down)} did not run before the test")


def _release(sink: Sink, handles: Sequence[RunHandle]) -> None:
    for handle in handles:
        sink.release(handle.nonce)
