"""A node whose result LangGraph keeps in a cache."""

from collections import Counter

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.streams import payloads, stream_run
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs

RUNS = 8


@requirement("STA-41")
async def test_a_cached_node_is_executed_once_in_each_process(runs: Runs, session: Session) -> None:
    key, thread_id, results = new_nonce(), await runs.new_thread(), {}
    for _ in range(RUNS):
        handle, values = await runs.wait(thread_id, "cached", {"key": key})
        results[handle.nonce] = values.get("by")
    begun = [one for nonce in results for one in session.sink.executions(nonce)]
    processes = Counter((one.host, one.pid) for one in begun)
    same(
        "processes in which it was executed again", set(processes - Counter(set(processes))), set()
    )
    if len(processes) == RUNS:
        inconclusive("each run had a process of its own")
    computed = {nonce for nonce in results if session.sink.executions(nonce)}
    same("results that no run computed", set(results.values()) - computed, set())


@requirement("STA-41")
async def test_a_cached_result_is_on_the_stream_like_any_other(
    runs: Runs, session: Session
) -> None:
    key, thread_id = new_nonce(), await runs.new_thread()
    for _ in range(RUNS):
        body = {"stream_mode": ["updates", "values"]}
        handle, events = await stream_run(runs, "cached", {"key": key}, thread_id, **body)
        updates = [each["compute"] for each in payloads(events, "updates") if "compute" in each]
        same("updates of the node", len(updates), 1)
        same("the last values", payloads(events, "values")[-1]["by"], updates[0]["by"])
        if not session.sink.executions(handle.nonce):
            return
    inconclusive(f"none of {RUNS} runs found the result of another one")
