"""Nodes that are plain functions occupy a thread each, and fill the slots all the same."""

from contextlib import ExitStack

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.deployments import start_deployment
from onceproof.conformance.suite.kit.gates import find_running, gate
from onceproof.conformance.suite.kit.waiting import expect_eventually, wait_for_ends
from onceproof.conformance.witness import Sink

#: More than the threads that an event loop has by default, on however many processors: 32.
SLOTS = 40


@requirement("QUE-09")
async def test_as_many_plain_functions_run_at_once_as_there_are_slots(
    session: Session, sink: Sink
) -> None:
    env = {"N_JOBS_PER_WORKER": str(SLOTS)}
    async with start_deployment(session, env) as deployment:
        runs = deployment.runs
        with ExitStack() as held:
            nonces = [held.enter_context(gate(sink)) for _ in range(SLOTS)]
            threads = [await runs.new_thread() for _ in nonces]
            handles = [
                await runs.create(thread_id, "plain", {}, nonce=nonce)
                for thread_id, nonce in zip(threads, nonces, strict=True)
            ]

            async def count() -> int:
                return len(find_running(sink, handles))

            await expect_eventually("runs inside their node", count, SLOTS, within_s=20)
        same("statuses", set(await wait_for_ends(runs, handles, 30)), {"success"})
        await runs.final_snapshot(handles)
