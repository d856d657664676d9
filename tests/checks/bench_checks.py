"""How fast the checks are: all of them together, over honest histories of growing length.

    python -m tests.checks.bench_checks [largest power of ten, default 6] [smallest, default 4]

Each size is written to a file and judged by a process of its own, which tells its CPU seconds for
reading and for judging, and its peak memory. An exponent near 1 means linear.
"""

import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from onceproof.conformance.checks import run_all
from onceproof.conformance.history import merge

ONE = "--one"


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """The slope of the line through the points in log-log scale."""
    xs, ys = [math.log(size) for size in sizes], [math.log(each) for each in times]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    covariance = sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True))
    return covariance / sum((a - x) ** 2 for a in xs)


def judge(path: Path) -> dict[str, Any]:
    """What it costs this process to read and to judge a history."""
    start = time.process_time()
    history = list(merge([path]))
    ready = time.process_time()
    results = run_all(history)
    done = time.process_time()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "records": len(history),
        "read_s": ready - start,
        "judge_s": done - ready,
        "peak_mib": peak_mib,
        "verdicts": sorted({each.verdict.value for each in results}),
    }


def measure(records: int) -> dict[str, Any]:
    """Write a history in this process and judge it in another one."""
    from tests.checks.long_history import write

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.jsonl"
        write(path, records)
        command = [sys.executable, __file__, ONE, str(path)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return dict(json.loads(output))


def main(largest: float, smallest: float) -> None:
    print(
        f"{'records':>12}{'read s':>10}{'judge s':>10}{'records/s':>12}{'peak MiB':>10}  verdicts"
    )
    rows = []
    powers = [each / 2 for each in range(int(2 * smallest), int(2 * largest) + 1)]
    for power in powers:
        row = measure(round(10**power))
        rows.append(row)
        print(
            f"{row['records']:>12,}{row['read_s']:>12.2f}{row['judge_s']:>12.2f}"
            f"{row['records'] / row['judge_s']:>12,.0f}{row['peak_mib']:>12,.0f}"
            f"  {' '.join(row['verdicts'])}",
            flush=True,
        )
    if len(rows) > 1:
        slope = exponent([row["records"] for row in rows], [row["judge_s"] for row in rows])
        print(f"exponent of judging: {slope:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == [ONE]:
        print(json.dumps(judge(Path(sys.argv[2]))))
    else:
        given = [float(each) for each in sys.argv[1:3]]
        main(*(given + [6.0, 4.0][len(given) :]))
