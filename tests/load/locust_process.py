"""A Locust process as it is started by hand."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.hearing import hear_signals
from tests.wire.stand_in import StandIn

LOCUSTFILE = Path(__file__).parents[2] / "load" / "locustfile.py"
PATIENCE_S = 90.0


class Locust:
    """A Locust process; `end` waits for it and keeps its status and output."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("ONCEPROOF_")}
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless"]
        self.process = subprocess.Popen(
            [*command, "--only-summary", *arguments],
            cwd=folder,
            env=environ | {"TMPDIR": str(folder)} | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=hear_signals,
        )
        self.output, self.errors = "", ""

    def until(self, state: StandIn, accepted: int) -> "Locust":
        """Wait until the server has accepted this many runs."""
        deadline = time.monotonic() + PATIENCE_S
        while state.accepted < accepted and self.process.poll() is None:
            assert time.monotonic() < deadline, f"{state.accepted} of {accepted} runs"
            time.sleep(0.02)
        return self

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the test by a signal; the exit status."""
        self.process.send_signal(number)
        return self.end()

    def end(self) -> int:
        """Wait for the end; the exit status."""
        self.output, self.errors = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode

    @property
    def last_words(self) -> list[str]:
        """What was printed below Locust's tables."""
        return self.output.rstrip().rpartition("\n\n")[2].splitlines()
