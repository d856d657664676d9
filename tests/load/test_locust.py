"""Locust as it is started by hand and by a certification: exit status, last words, leftovers."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from onceproof.conformance.errors import UNAVAILABLE, USAGE
from onceproof.conformance.history import merge
from onceproof.conformance.stacks.ports import free_port
from onceproof.reports.load import Load
from tests.load.locust_process import PATIENCE_S, Locust
from tests.preflight.broken import BROKEN, run_broken
from tests.wire.stand_in import StandIn


def test_plain_use_needs_nothing_and_leaves_nothing(
    url: str, state: StandIn, tmp_path: Path, locusts: list[Locust]
):
    locust = Locust(tmp_path, "--host", url, "-u", "6", "-r", "6", "-t", "3s")
    locusts.append(locust)
    assert locust.end() == 0, locust.errors
    n = state.accepted
    assert locust.last_words == [f"{n} runs accepted, {n} finished once, 0 lost, 0 duplicated"]
    assert n > 10
    assert state.threads == {}
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_loses_and_repeats_runs_is_told_on(
    url: str, state: StandIn, tmp_path: Path, locusts: list[Locust]
):
    state.forget, state.repeat = {5}, {9}
    history, result = tmp_path / "load.jsonl", tmp_path / "load.json"
    variables = {
        "ONCEPROOF_HOSTS": f"{url},{url.replace('127.0.0.1', 'localhost')}/",
        "ONCEPROOF_HISTORY": str(history),
        "ONCEPROOF_LOAD_RESULT": str(result),
        "ONCEPROOF_SINK": "http://127.0.0.1:9",
    }
    locust = Locust(tmp_path, "-u", "3", "-r", "3", "BackgroundRuns", **variables)
    locusts.append(locust)
    assert locust.until(state, 40).stop() == 1, locust.errors
    load = msgspec.json.decode(result.read_bytes(), type=Load)
    assert (load.lost_total, load.duplicated_total, load.unfinished) == (1, 1, [])
    assert load.accepted == load.finished_once + 2 == state.accepted
    assert locust.last_words[0] == load.sentence
    records = list(merge([history]))
    acks = {r.key: r.value["run_id"] for r in records if (r.kind, r.op) == ("ok", "run.create")}
    for kind, [nonce] in (("lost", load.lost), ("duplicated", load.duplicated)):
        assert f"  {kind}: run {acks[nonce]} (nonce {nonce})" in locust.last_words
    assert acks.keys() >= {*load.lost, *load.duplicated}
    assert {r.value["via"] for r in records if r.kind == "invoke"} == {"create"}
    assert state.threads == {}
    given = [run.kwargs["input"]["sink"] for run in state.runs.values()]
    assert set(given) == {"http://127.0.0.1:9"}


def test_workers_account_for_their_runs_and_the_master_adds_up(
    url: str, state: StandIn, tmp_path: Path, locusts: list[Locust]
):
    state.forget = {7}
    history, result = tmp_path / "load.jsonl", tmp_path / "load.json"
    variables = {"ONCEPROOF_HISTORY": str(history), "ONCEPROOF_LOAD_RESULT": str(result)}
    arguments = ("--host", url, "-u", "4", "-r", "4", "--processes", "2")
    locust = Locust(tmp_path, *arguments, **variables)
    locusts.append(locust)
    assert locust.until(state, 40).stop() == 1, locust.errors
    load = msgspec.json.decode(result.read_bytes(), type=Load)
    histories = sorted(tmp_path.glob("load.*.jsonl"))
    acks = [r for r in merge(histories) if (r.kind, r.op) == ("ok", "run.create")]
    assert [path.name for path in histories] == ["load.0.jsonl", "load.1.jsonl"]
    assert load.accepted >= len(acks) > 0
    assert (load.users, load.lost_total, load.accepted) == (4, 1, state.accepted)
    assert locust.last_words[0] == load.sentence


def test_an_interrupted_test_is_accounted_for(
    url: str, state: StandIn, tmp_path: Path, locusts: list[Locust]
):
    locust = Locust(tmp_path, "--host", url, "-u", "2", "-r", "2", "StreamRuns")
    locusts.append(locust)
    assert locust.until(state, 5).stop(signal.SIGINT) == 0, locust.errors
    [words] = locust.last_words
    assert words.startswith(f"{state.accepted} runs accepted, {state.accepted} finished, 0 lost, ")
    assert "duplicates not judged" in words
    assert state.threads == {}


def test_what_is_no_agent_server_is_not_loaded(url: str, tmp_path: Path, locusts: list[Locust]):
    locust = Locust(tmp_path, "--host", url + "/elsewhere", "-u", "1", "-t", "2s", "WaitRuns")
    locusts.append(locust)
    assert locust.end() == UNAVAILABLE
    assert "what answers there is no Agent Server (/ok 404, /info 404)" in locust.errors


def test_a_history_is_not_written_over(url: str, tmp_path: Path, locusts: list[Locust]):
    (tmp_path / "load.jsonl").write_text("precious")
    variables = {"ONCEPROOF_HISTORY": str(tmp_path / "load.jsonl")}
    locust = Locust(tmp_path, "--host", url, "-u", "1", **variables)
    locusts.append(locust)
    assert locust.end() == 64
    assert "exists already" in locust.errors
    assert "Traceback" not in locust.errors


def test_a_test_without_a_server_is_refused(tmp_path: Path, locusts: list[Locust]):
    locust = Locust(tmp_path, "-u", "1")
    locusts.append(locust)
    assert locust.end() == 64
    assert "give --host URL, or set ONCEPROOF_HOSTS" in locust.errors
    assert "Traceback" not in locust.errors


GREENLETS = """
from gevent import monkey
monkey.patch_all()
import sys
from pathlib import Path
import gevent
from onceproof.load.recorder import History
history = History(Path(sys.argv[1]))
def work(n):
    for i in range(50):
        history.add("mark", "m", who=str(n), value={"pad": "x" * 2000})
        gevent.sleep(0)
gevent.joinall([gevent.spawn(work, n) for n in range(20)], raise_error=True, timeout=60)
history.close()
"""


def test_greenlets_write_one_history(tmp_path: Path):
    path = tmp_path / "history.jsonl"
    subprocess.run([sys.executable, "-c", GREENLETS, str(path)], check=True, timeout=PATIENCE_S)
    records = list(merge([path]))
    assert [record.i for record in records] == [*range(1000)]
    written = [record.t for record in records]
    assert written == sorted(written)
    assert {record.who for record in records} == {str(n) for n in range(20)}


def test_the_generator_does_without_the_clients_of_the_suite():
    code = "import sys, load.audit, load.streaming; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=PATIENCE_S).returncode == 0


def test_a_server_without_the_probes_is_not_loaded(tmp_path: Path, locusts: list[Locust]):
    with run_broken(BROKEN["no probes"]) as url:
        locust = Locust(tmp_path, "--host", url, "-u", "2", "-r", "2", "-t", "3s")
        locusts.append(locust)
        assert locust.end() == UNAVAILABLE
    said = [line for line in locust.errors.splitlines() if line.startswith("no load at")]
    assert len(said) == 1
    assert "the probe graphs 'load_echo' and 'ticks', which the target does not host" in said[0]


def test_a_schedule_begins_just_its_runs_and_ends_the_test(
    state: StandIn, url: str, tmp_path: Path, locusts: list[Locust]
) -> None:
    result = tmp_path / "load.json"
    words = ("--host", url, "-u", "20", "-r", "20", "-t", "60s")
    schedule = {"ONCEPROOF_ARRIVALS": "burst5:50*0.5s", "ONCEPROOF_LOAD_RESULT": str(result)}
    locusts.append(Locust(tmp_path, *words, **schedule))
    assert locusts[0].end() == 0, locusts[0].errors
    assert state.accepted == 25
    assert json.loads(result.read_text())["arrivals"]["begun"] == 25
    assert locusts[0].last_words[1].startswith("25 runs begun by schedule, 99 % within ")


def test_processes_share_a_schedule(
    state: StandIn, url: str, tmp_path: Path, locusts: list[Locust]
) -> None:
    words = ("--host", url, "-u", "20", "-r", "20", "-t", "20s", "--processes", "2")
    words += ("--master-bind-port", port := str(free_port()), "--master-port", port)
    locusts.append(Locust(tmp_path, *words, ONCEPROOF_ARRIVALS="constant:30*1s"))
    assert locusts[0].end() == 0, locusts[0].errors
    assert state.accepted == 30


@pytest.mark.parametrize(
    "words, variables, sentence",
    [
        ((), {"ONCEPROOF_ARRIVALS": "sometimes"}, "ONCEPROOF_ARRIVALS 'sometimes' is no schedule"),
        (
            ("--master", "--master-bind-port", "0"),
            {"ONCEPROOF_ARRIVALS": "constant:5"},
            "set ONCEPROOF_WORKERS to how many",
        ),
        (("--processes", "2"), {"ONCEPROOF_ASSISTANT": "agent"}, "bounds the runs of one process"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_refused(
    url: str,
    tmp_path: Path,
    locusts: list[Locust],
    words: tuple[str, ...],
    variables: dict[str, str],
    sentence: str,
) -> None:
    words = (*words, "--master-bind-port", port := str(free_port()), "--master-port", port)
    locusts.append(Locust(tmp_path, "--host", url, "-u", "2", "-t", "5s", *words, **variables))
    assert locusts[0].end() == USAGE
    assert sentence in locusts[0].errors
