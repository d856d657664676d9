"""A load on the operator's own graph: its inputs, bounded, and judged by any graph's rules."""

import json
from pathlib import Path

import msgspec
import pytest

from onceproof.conformance.errors import USAGE
from onceproof.conformance.history import merge
from onceproof.conformance.wire.any_graph import Spent
from onceproof.load.own import OwnGraph, find_own_graph
from onceproof.reports.load import Load
from tests.load.locust_process import Locust
from tests.preflight.broken import BROKEN, run_broken
from tests.wire.stand_in import StandIn


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    inputs = tmp_path / "inputs.jsonl"
    inputs.write_text('{"n": 0}\n{"n": 1}\n{"n": 2}\n')
    return {
        "ONCEPROOF_ASSISTANT": "agent",
        "ONCEPROOF_INPUT": str(inputs),
        "ONCEPROOF_MAX_RUNS": "40",
        "ONCEPROOF_HISTORY": str(tmp_path / "load.jsonl"),
        "ONCEPROOF_LOAD_RESULT": str(tmp_path / "load.json"),
    }


def test_its_inputs_are_sent_in_turn_and_no_more_than_may_be(
    url: str, state: StandIn, tmp_path: Path, variables: dict[str, str], locusts: list[Locust]
):
    sent: list[int] = []
    accept = state.accept

    def note(thread_id: str, body: dict[str, object]):
        sent.append(body["input"]["n"])  # type: ignore[index]
        return accept(thread_id, body)

    state.accept = note  # type: ignore[method-assign]
    locust = Locust(tmp_path, "--host", url, "-u", "4", "-r", "4", "-t", "60s", **variables)
    locusts.append(locust)
    assert locust.end() == 0, locust.output + locust.errors
    assert locust.last_words == ["40 runs accepted, 40 finished once, 0 lost, 0 duplicated"]
    assert sorted(sent) == sorted(n % 3 for n in range(40))
    assert state.threads == {}
    records = list(merge([tmp_path / "load.jsonl"]))
    assert not [each for each in records if '"n"' in json.dumps(each.value)]


def test_a_server_that_loses_and_doubles_runs_is_caught(
    url: str, state: StandIn, tmp_path: Path, variables: dict[str, str], locusts: list[Locust]
):
    state.forget, state.repeat = {5}, {9}
    locust = Locust(tmp_path, "--host", url, "-u", "3", "-r", "3", "BackgroundRuns", **variables)
    locusts.append(locust)
    assert locust.end() == 1, locust.output + locust.errors
    load = msgspec.json.decode((tmp_path / "load.json").read_bytes(), type=Load)
    assert (load.accepted, load.lost_total, load.duplicated_total) == (40, 1, 1)
    assert load.finished_once == 38
    assert any("was committed twice" in line for line in locust.last_words)
    assert any("does not know it any more" in line for line in locust.last_words)


def test_an_assistant_that_is_not_there_is_refused(
    tmp_path: Path, variables: dict[str, str], locusts: list[Locust]
):
    with run_broken(BROKEN["no probes"]) as url:
        named = variables | {"ONCEPROOF_ASSISTANT": "nobody"}
        locust = Locust(tmp_path, "--host", url, "-u", "1", "-t", "2s", **named)
        locusts.append(locust)
        assert locust.end() == USAGE, locust.errors
    assert "ONCEPROOF_ASSISTANT=nobody is not hosted" in locust.errors


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"ONCEPROOF_INPUT": ""}, "set ONCEPROOF_INPUT to a file"),
        ({"ONCEPROOF_INPUT": "nowhere"}, "ONCEPROOF_INPUT 'nowhere' cannot be read"),
        ({"ONCEPROOF_MAX_RUNS": "many"}, "ONCEPROOF_MAX_RUNS='many' is no number of runs"),
    ],
)
def test_variables_that_cannot_be_used_are_named(
    changed: dict[str, str], sentence: str, variables: dict[str, str]
):
    with pytest.raises(Exception, match=sentence):
        find_own_graph(variables | changed)


def test_no_input_is_sent_twice_where_that_is_asked(variables: dict[str, str]):
    once = {"ONCEPROOF_ONCE_PER_INPUT": "1", "ONCEPROOF_FIRST_INPUT": "1"}
    own = find_own_graph(variables | once)
    assert own is not None
    assert [own.deal()[1] for _ in range(2)] == [{"n": 1}, {"n": 2}]
    with pytest.raises(Spent):
        own.deal()


def test_without_a_name_the_probes_are_run():
    assert find_own_graph({}) is None
    assert OwnGraph("agent", [{}], limit=0).is_spent
