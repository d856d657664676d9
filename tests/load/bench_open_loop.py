"""How true the latencies are: `python -m tests.load.bench_open_loop`.

A server of known latencies freezes for 2 s in a test of 10 s. The open loop, the closed loop and an
open loop whose generator gets half of its CPU measure it one after the other. The truth is what
the server owes to runs that arrive by the schedule. Prints p50, p99, p99.9 and the maximum of each
with its error, and what the load says of its own schedule.
"""

import json
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from tests.load import frozen
from tests.load.locust_process import Locust

RATE_PER_S, SECONDS = 200, 10
CLOSED_USERS, OPEN_USERS = 10, 600
TRIALS = 50
POINTS = (50.0, 99.0, 99.9, 100.0)
#: Of each 40 ms the throttled generator is stopped for half.
SLICE_S = 0.02


def find_truth() -> list[float]:
    """Return the percentiles of what is owed to runs at the times of the schedule, in ms.

    Means over many draws, so that chance has little part in them.
    """
    frozen.draws = random.Random(1)
    times = [number / RATE_PER_S for number in range(RATE_PER_S * SECONDS)]
    trials = [pick([1000 * frozen.owe(at_s) for at_s in times]) for _ in range(TRIALS)]
    return [fmean(each) for each in zip(*trials, strict=True)]


def pick(latencies: Sequence[float]) -> list[float]:
    """Return the percentiles POINTS of these latencies."""
    ranked = sorted(latencies)
    return [ranked[min(len(ranked) - 1, int(len(ranked) * point / 100))] for point in POINTS]


def throttle(process: subprocess.Popen[str], done: threading.Event) -> None:
    """Stop the process for half of the time, until `done`."""
    while process.poll() is None and not done.wait(SLICE_S):
        process.send_signal(signal.SIGSTOP)
        done.wait(SLICE_S)
        process.send_signal(signal.SIGCONT)


def load(folder: Path, url: str, users: int, arrivals: str, is_throttled: bool) -> dict[str, Any]:
    """Load the server, and return the "load" object."""
    path = folder / "load.json"
    schedule = {"ONCEPROOF_ARRIVALS": arrivals} if arrivals else {}
    words = ("--host", url, "-u", str(users), "-r", str(users), "-t", f"{SECONDS + 3}s", "WaitRuns")
    locust = Locust(folder, *words, ONCEPROOF_LOAD_RESULT=str(path), **schedule)
    done = threading.Event()
    throttling = threading.Thread(target=throttle, args=(locust.process, done))
    if is_throttled:
        throttling.start()
    locust.end()
    done.set()
    if is_throttled:
        throttling.join()
    loaded: dict[str, Any] = json.loads(path.read_text())
    return loaded


def measure(users: int, arrivals: str = "", is_throttled: bool = False) -> dict[str, Any]:
    """Load a server of its own."""
    command = [sys.executable, "-m", "tests.load.frozen"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server,
    ):
        assert server.stdout is not None
        assert server.stdin is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        try:
            return load(Path(folder), url, users, arrivals, is_throttled)
        finally:
            server.stdin.close()


def describe(name: str, loaded: dict[str, Any], truth: Sequence[float]) -> str:
    """Return a row of the table."""
    [row] = [each for each in loaded["operations"] if each["name"] == "wait for run"]
    seen = [row[key] for key in ("p50_ms", "p99_ms", "p999_ms", "max_ms")]
    shown = [
        f"{ms:8,.0f} ({100 * (ms / true - 1):+5.1f} %)"
        for ms, true in zip(seen, truth, strict=True)
    ]
    return f"{name:<22} {row['count']:>6} {' '.join(shown)}"


def main() -> None:
    """Measure three times, and print the table."""
    schedule = f"constant:{RATE_PER_S}*{SECONDS}s"
    truth = find_truth()
    print(f"{'':<22} {'runs':>6} {'p50 ms':>18} {'p99 ms':>18} {'p99.9 ms':>18} {'max ms':>18}")
    print(f"{'the truth':<22} {'':>6} {' '.join(f'{ms:8,.0f}          ' for ms in truth)}")
    for name, users, arrivals, is_throttled in (
        ("open loop", OPEN_USERS, schedule, False),
        ("closed loop", CLOSED_USERS, "", False),
        ("open loop, throttled", OPEN_USERS, schedule, True),
    ):
        loaded = measure(users, arrivals, is_throttled)
        print(describe(name, loaded, truth))
        for reason in loaded.get("arrivals", {}).get("reasons", []):
            print(f"    INCONCLUSIVE: {reason}")
        print(f"    {describe_pace(loaded)}")


def describe_pace(loaded: dict[str, Any]) -> str:
    """Return what the load says of its own schedule and CPU."""
    arrivals = loaded.get("arrivals")
    cpu = f"generator's CPU {loaded['harness_cpu_pct']} %"
    if arrivals is None:
        return cpu
    return f"{arrivals['begun']} begun, 99 % within {arrivals['lag_p99_ms']} ms; {cpu}"


if __name__ == "__main__":
    main()
