"""Tests that need any graph have a probe, or the operator's own with its inputs, and no more runs
of it than may be."""

import pytest

from onceproof.conformance.errors import MissingProbe
from onceproof.conformance.wire.any_graph import (
    PROBE,
    OwnGraph,
    any_graph,
    any_input,
    is_own,
    lend,
    name_any_graph,
)
from onceproof.conformance.wire.probes import ANY, ASKED, ProbeGuard
from onceproof.conformance.wire.runs import Runs
from tests.wire.stand_in import StandIn

INPUTS = [{"n": 0}, {"n": 1}, {"n": 2}]


def test_without_an_own_graph_it_is_a_probe():
    assert (any_graph(), is_own("agent")) == (PROBE, False)
    assert any_input(ProbeGuard(), {"nonce": "x"}) == {"nonce": "x"}


def test_what_a_test_asks_for_is_noted_as_any_graph():
    before = set(ASKED)
    ASKED.clear()
    assert name_any_graph({"assistant_id": PROBE, "input": {}}) == {
        "assistant_id": "echo",
        "input": {},
    }
    assert {ANY} == ASKED
    ASKED.clear()
    ASKED.update(before)


def test_the_own_graph_gets_its_inputs_in_turn_and_no_more_than_may_be():
    guard = ProbeGuard([PROBE], [PROBE])
    with lend(OwnGraph("agent", INPUTS, first=2, limit=2)):
        assert (any_graph(), is_own("agent")) == ("agent", True)
        assert [any_input(guard, {"nonce": "x"}) for _ in range(2)] == [{"n": 2}, {"n": 0}]
        with pytest.raises(MissingProbe, match="had its 2 runs of 'agent': give more with"):
            any_input(guard, {})
    assert any_graph() == PROBE


@pytest.mark.anyio
async def test_runs_of_it_get_its_inputs_unless_they_never_start(runs: Runs, state: StandIn):
    with lend(OwnGraph("agent", INPUTS, limit=1)):
        thread_id = await runs.new_thread()
        await runs.create(thread_id, any_graph(), {"text": "of a probe"}, after_seconds=3600)
        await runs.create(thread_id, any_graph(), {"text": "of a probe"})
    assert [run.kwargs["input"] for run in state.runs.values()] == [{}, {"n": 0}]


@pytest.mark.anyio
async def test_a_deployment_with_graphs_of_its_own_is_left_alone(runs: Runs, state: StandIn):
    with lend(OwnGraph("agent", INPUTS, limit=1)):
        await runs.create(await runs.new_thread(), "special", {"text": "for it"})
    [run] = state.runs.values()
    assert run.kwargs["input"]["text"] == "for it"
