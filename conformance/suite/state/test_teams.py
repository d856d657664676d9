"""Subgraphs that one super-step sends out, each with super-steps of its own."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import count_steps, lose_worker
from onceproof.conformance.wire.runs import Runs

MEMBERS = 3
RESULTS = [(k, [2 * k, 2 * k + 1]) for k in range(MEMBERS)]
#: Where the slowest subgraph stops; the fastest one has long ended by then.
LAST_STEP = 2 * MEMBERS - 1
SLEEP_MS = 500


def results_of(values: dict[str, list[dict[str, object]]]) -> list[tuple[object, object]]:
    """Return what each subgraph handed to its parent: its number and its steps."""
    return [(each["k"], each["steps"]) for each in values.get("results", [])]


@requirement("STA-20")
async def test_every_subgraph_of_a_fan_out_runs_once(runs: Runs, session: Session) -> None:
    handle, values = await runs.wait(await runs.new_thread(), "team", {"n": MEMBERS})
    same("results of the subgraphs", results_of(values), RESULTS)
    counts = count_steps(session, handle.nonce)
    same("executions of each node", counts, dict.fromkeys(range(2 * MEMBERS), 1))


@requirement("STA-39")
@pytest.mark.usefixtures("levers")
async def test_subgraphs_keep_what_they_had_done_when_their_worker_was_lost(
    runs: Runs, session: Session
) -> None:
    input = {"n": MEMBERS, "sleep_ms": SLEEP_MS}
    handle = await lose_worker(runs, session, "team", input, step=LAST_STEP)
    same("results of the subgraphs", results_of(await runs.join(handle)), RESULTS)
    counts = count_steps(session, handle.nonce)
    ended = {step: counts[step] for step in (0, 1)}
    same("executions of the nodes of a subgraph that had ended", ended, {0: 1, 1: 1})
    stored = {step: counts[step] for step in (2, 4)}
    same("executions of the first nodes of the others", stored, {2: 1, 4: 1})
    same("executions of the node whose worker was lost", counts[LAST_STEP], 2)
