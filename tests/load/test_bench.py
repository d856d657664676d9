"""What the bench counts as the CPU time of a server."""

import subprocess
import sys

from onceproof.load.bench import _cpu_s

BUSY_S = 0.3
#: A parent whose child has used `BUSY_S` of CPU and ended, as a connection's process of Postgres.
PARENT = f"""
import subprocess, sys
busy = "import time\\nwhile time.process_time() < {BUSY_S}: pass"
subprocess.run([sys.executable, "-c", busy], check=True)
print("ended", flush=True)
sys.stdin.read()
"""


def test_what_a_process_had_used_that_has_ended_still_counts() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ended\n"
        used_s = _cpu_s([parent.pid])
        parent.communicate()
    assert used_s >= BUSY_S
