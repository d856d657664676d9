"""Values whose classes are defined where people define them: in the graph's own file."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.replicas import restart_all
from onceproof.conformance.suite.kit.small_deployment import Small
from onceproof.conformance.wire.runs import Runs

KINDS = ["Box", "Color", "Tag", "Crate[Box]"]


@requirement("STA-28")
async def test_types_of_a_graphs_own_file_are_themselves_on_every_run(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "own_types", {})
    for _ in range(4):
        _, answer = await runs.wait(thread_id, "own_types", {})
        same("classes of the values", answer.get("kinds"), KINDS)


@requirement("STA-28")
async def test_types_of_a_graphs_own_file_are_themselves_after_a_restart(
    small: Small, small_runs: Runs
) -> None:
    thread_id = await small_runs.new_thread()
    await small_runs.wait(thread_id, "own_types", {})
    await restart_all(small.target)
    _, answer = await small_runs.wait(thread_id, "own_types", {})
    same("classes of the values", answer.get("kinds"), KINDS)
