"""Ctrl-C while a server keeps the harness waiting: for an answer, or for a start."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from onceproof.conformance.errors import INTERRUPTED
from onceproof.conformance.run_folder import UNFINISHED
from onceproof.conformance.stacks.waiting import wait_until
from onceproof.conformance.stopping import SIGNALS, TOGETHER_S
from onceproof.reports.reasons import NOT_REACHED
from tests.hearing import hear_signals
from tests.hostile.hostile_server import LATE, HostileServer

#: Until the first request of a test: a start, and the collection of the suite on a busy machine.
START_S = 120.0
#: The server takes a minute for one answer, and the harness waits for half a minute; a start it
#: waits for a whole one.
END_S = 25.0

HANGING = Path(__file__).with_name("hanging_start.py")


@contextmanager
def certifying(folder: Path, only: str, *target: str) -> Iterator[subprocess.Popen[str]]:
    """A certification of one requirement; a shell's background job would ignore SIGINT."""
    run = subprocess.Popen(
        [
            *(sys.executable, "-m", "onceproof.conformance", "certify", *target),
            *("--only", only, "--run-dir", folder),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=hear_signals,
    )
    try:
        yield run
    finally:
        run.kill()
        run.wait()


def demand_interruption(run: subprocess.Popen[str], folder: Path) -> None:
    """Expect the run to end in time and in order, without accusing the server."""
    output, _ = run.communicate(timeout=END_S)
    assert run.returncode == INTERRUPTED, output
    for noise in ("Traceback", "never retrieved"):
        assert noise not in output
    results = json.loads((folder / "results.json").read_text())
    assert results["outcome"] == "inconclusive"
    assert not results["counts"].get("FAIL"), "a test that was ended accuses the server"
    assert not (folder / UNFINISHED).exists()
    assert f"go into {folder}" in output


@pytest.mark.parametrize("number", SIGNALS, ids=lambda each: each.name)
def test_a_signal_ends_the_wait_for_an_answer(number: signal.Signals, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with (
        HostileServer() as server,
        certifying(folder, "RUN-02", "--url", server.url(LATE)) as run,
    ):
        assert server.met.wait(START_S), "no test has asked the server for anything"
        run.send_signal(number)
        demand_interruption(run, folder)


@pytest.mark.parametrize(("lanes", "times"), [("1", 2), ("1", 10), ("2", 4)])
def test_no_number_of_signals_loses_the_reports(lanes: str, times: int, tmp_path: Path) -> None:
    folder, journal = tmp_path / "run", tmp_path / "journal"
    command = f"{{python}} {HANGING.with_name('late_server.py')} {{port}} {journal}"
    target = ("--command", command, "--stack", "none", "--lanes", lanes)
    with certifying(folder, "RUN-02", *target) as run:
        assert wait_until(journal.exists, START_S), "no test has asked the server for anything"
        for _ in range(times):
            run.send_signal(signal.SIGINT)
            wait_until(lambda: run.poll() is not None, 1.2 * TOGETHER_S)
        demand_interruption(run, folder)


def test_what_was_not_reached_was_not_disabled(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with (
        HostileServer() as server,
        certifying(folder, "RUN-0", "--url", server.url(LATE)) as run,
    ):
        assert server.met.wait(START_S), "no test has asked the server for anything"
        run.send_signal(signal.SIGTERM)
        demand_interruption(run, folder)
    results = json.loads((folder / "results.json").read_text())
    verdicts = {each["id"]: (each["verdict"], each["reason"]) for each in results["requirements"]}
    assert verdicts["RUN-02"] == ("INCONCLUSIVE", NOT_REACHED)
    assert verdicts["QUE-21"][0] == "DISABLED"
    sentences = [reason["sentence"] for reason in results["judgement"]["reasons"]]
    assert [each for each in sentences if "not reached" in each]


def test_a_signal_ends_the_wait_for_a_start(tmp_path: Path) -> None:
    folder, journal = tmp_path / "run", tmp_path / "journal"
    command = f"{{python}} {HANGING} {{port}} {journal}"
    with certifying(folder, "SYS-15", "--command", command, "--stack", "none") as run:
        assert wait_until(lambda: _starts(journal) > 1, START_S), "nothing was started again"
        run.send_signal(signal.SIGINT)
        demand_interruption(run, folder)


def _starts(journal: Path) -> int:
    return len(journal.read_text().split()) if journal.exists() else 0
