"""A start that is interrupted at any moment leaves no process, no matter by which signal."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from onceproof.conformance.errors import INTERRUPTED
from onceproof.conformance.stacks.waiting import wait_until
from tests.hearing import hear_signals

STANDIN = Path(__file__).parents[1] / "targets" / "stand_in_server.py"
#: All that a start makes inherits this variable.
MARK = "ONCEPROOF_TEST_MARK"
#: The first is over before anything is started, the last after everything has been.
MOMENTS_S = (1.0, 6.0)
GONE_S = 20.0
ROUNDS = 5


def bearing(mark: str) -> list[str]:
    """Return the processes that bear this mark, each by what it was called."""
    return [" ".join(process.cmdline()[:3]) for process in _living() if _mark(process) == mark]


def _living() -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.NoSuchProcess:
            continue


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def start(folder: Path, mark: str) -> subprocess.Popen[str]:
    command = f"{{python}} {STANDIN} --port {{port}}"
    asked = ("--command", command, "--only", "SYS-01", "--run-dir", str(folder))
    return subprocess.Popen(
        [sys.executable, "-m", "onceproof.conformance", "certify", *asked, "--stack", "embedded"],
        env={**os.environ, MARK: mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=hear_signals,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=lambda each: each.name)
def test_nothing_is_left_of_a_start_that_is_interrupted(
    number: signal.Signals, tmp_path: Path
) -> None:
    moments = random.Random(7)
    for turn in range(ROUNDS):
        mark, moment = uuid4().hex, moments.uniform(*MOMENTS_S)
        run = start(tmp_path / str(turn), mark)
        time.sleep(moment)
        run.send_signal(number)
        output, _ = run.communicate(timeout=60)
        assert wait_until(lambda mark=mark: not bearing(mark), GONE_S), (moment, bearing(mark))
        expected = {-number} if number == signal.SIGKILL else {INTERRUPTED, -number}
        assert run.returncode in expected or "exit status 1" in output, output
