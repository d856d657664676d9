"""Ctrl-C in the middle of a chaos: nothing stays behind but the history, which can be judged."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

#: Ctrl-C as at a terminal, also where whoever runs the tests ignores it, as shells in the
#: background have their children do.
CHAOS = """
import signal, sys
from onceproof.conformance.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main(["chaos", *sys.argv[1:]])
"""
SMALL = ("--api-replicas", "1", "--worker-replicas", "2", "--noops", "50", "--seed", "3")
GONE_S = 20


@contextmanager
def chaos(*options: str) -> Iterator[subprocess.Popen[str]]:
    """A chaos under way, ended by force if it has not ended by itself."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", CHAOS, *SMALL, *options]
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[str], beginning: str) -> None:
    """Read what it says up to a line that begins so."""
    assert process.stdout is not None
    assert any(line.startswith(beginning) for line in process.stdout), process.communicate()


@pytest.mark.parametrize(
    "fault", ["worker-killed", "worker-stalled", "postgres-restarted", "all-killed"]
)
def test_ctrl_c_during_a_fault(fault: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with chaos("--minutes", "5", "--fault", fault, "--run-dir", str(folder)) as process:
        until(process, fault)
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(2)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert said.strip() == "onceproof: interrupted; everything that was started has been stopped"
    assert len(started) > 5
    assert psutil.wait_procs(started, GONE_S)[1] == []
    judged = recheck(folder, "assumptions")
    assert judged.stdout.startswith("assumptions PASS"), judged.stdout + judged.stderr


def recheck(folder: Path, check: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "onceproof.conformance",
        "recheck",
        str(folder),
        "--only",
        check,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
