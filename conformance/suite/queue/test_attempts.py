"""Which failures are tried again, and how often."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.recovery import recovery_s, starts_again_s
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.suite.queue.crashes import let_crash, see_through
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: What BG_JOB_MAX_RETRIES is if nobody sets it, and nobody does here.
ATTEMPTS = 3
ALWAYS = 100


@requirement("QUE-14")
async def test_a_run_whose_graph_raises_is_not_tried_again(runs: Runs, sink: Sink) -> None:
    thread_id = await runs.new_thread()
    async with runs.stream(thread_id, "fail", {}, stream_mode="values") as sub:
        events = await sub.collect()
    attempts = [each.json().get("attempt") for each in events if each.name == "metadata"]
    same("attempts after the first", [number for number in attempts if number not in (None, 1)], [])
    same("status", await runs.until_terminal(sub.handle), "error")
    after = await runs.create(thread_id, "chain", {"steps": 1})
    same("status of the thread's next run", await runs.until_terminal(after), "success")
    steps = [one.step for one in sink.executions(sub.nonce)]
    same("steps executed", steps, [0, 1])


@requirement("QUE-15")
async def test_a_run_that_kills_every_worker_ends_in_error_and_says_why(
    small: Small, small_runs: Runs, sink: Sink, session: Session
) -> None:
    limit_s = ATTEMPTS * (recovery_s(session) + starts_again_s(session)) + 60
    nonce = new_nonce()
    with let_crash(session, small, [nonce]):
        thread_id = await small_runs.new_thread()
        handle = await small_runs.create(thread_id, "crash", {"attempts": ALWAYS}, nonce=nonce)
        await see_through(small, small_runs, handle, limit_s)
    same("status", await small_runs.status(handle), "error")
    crashed = [one for one in sink.executions(nonce) if one.step == "crash"]
    same("attempts", len(crashed), ATTEMPTS)
    result = await small_runs.join(handle)
    message = str(result.get("__error__")) if isinstance(result, dict) else ""
    assert "attempt" in message.lower(), (
        f"the run's result is {result!r}, but should say that its attempts are used up"
    )
