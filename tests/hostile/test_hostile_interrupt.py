"""Ctrl-C while a server takes a minute for each answer, also for the removal of what was made."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_server import LATE, HostileServer

from conformance.errors import INTERRUPTED

#: Until the first request of a test: a start, and the collection of the suite on a busy machine.
START_S = 120.0
#: The server takes a minute for one answer, and the harness waits for half a minute.
END_S = 25.0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_a_signal_ends_a_certification_that_waits(number: signal.Signals, tmp_path: Path) -> None:
    with HostileServer() as server:
        run = started(server.url(LATE), tmp_path / "run")
        try:
            assert server.met.wait(START_S), "no test has asked the server for anything"
            run.send_signal(number)
            output, _ = run.communicate(timeout=END_S)
        finally:
            run.kill()

    assert run.returncode == INTERRUPTED, output
    for noise in ("Traceback", "never retrieved"):
        assert noise not in output
    results = json.loads((tmp_path / "run" / "results.json").read_text())
    assert results["outcome"] == "inconclusive"
    assert not results["counts"].get("FAIL"), "a test that was ended accuses the server"


def started(url: str, folder: Path) -> subprocess.Popen[str]:
    """A certification of one requirement; a shell's background job would ignore SIGINT."""
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "conformance", "certify", "--url", url),
            *("--only", "RUN-02", "--run-dir", folder),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
