"""A signal in the middle of a chaos: nothing stays behind but the reports and the history."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from onceproof.conformance.run_folder import REPORTS
from tests.hearing import hear_signals

SMALL = ("--api-replicas", "1", "--worker-replicas", "2", "--noops", "50", "--seed", "3")
GONE_S = 20


@contextmanager
def chaos(*options: str) -> Iterator[subprocess.Popen[str]]:
    """A chaos under way, ended by force if it has not ended by itself."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "onceproof.conformance", "chaos", *SMALL, *options]
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, preexec_fn=hear_signals
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(process: subprocess.Popen[str], beginning: str) -> None:
    """Read what it says up to a line that begins so."""
    assert process.stdout is not None
    assert any(line.startswith(beginning) for line in process.stdout), process.communicate()


@pytest.mark.parametrize(
    "fault, number",
    [
        ("worker-killed", signal.SIGINT),
        ("worker-stalled", signal.SIGTERM),
        ("postgres-restarted", signal.SIGINT),
        ("all-killed", signal.SIGHUP),
    ],
)
def test_a_signal_during_a_fault_loses_no_report(
    fault: str, number: signal.Signals, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    with chaos("--minutes", "5", "--fault", fault, "--run-dir", str(folder)) as process:
        until(process, fault)
        started = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        said, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted; everything that was started has been stopped" in said
    assert said.endswith("interrupted, and so it claims nothing (exit status 130)\n")
    assert errors == ""
    assert len(started) > 5
    assert psutil.wait_procs(started, GONE_S)[1] == []
    assert all((folder / name).exists() for name in REPORTS)
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
