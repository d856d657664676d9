"""How many records a second one thread can add, and how many can be read back.

    python -m tests.history.bench_recorder [records, default 200,000]

Measured on two cores, CPython 3.11: 2.2 µs for each add (460,000/s) and 2.0 µs for each read while
the machine was quiet, 5.3 µs and 4.8 µs while others worked on it.
"""

import sys
import tempfile
import time
from pathlib import Path

from onceproof.conformance.history import Recorder, read

VALUE = {
    "nonce": "0123456789abcdef",
    "name": "custom",
    "id": "1795333152846-0",
    "seq": 3,
    "total": 10,
    "token": 17,
    "h": "0123456789abcdef",
    "digest": "0123456789abcdef",
}


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.jsonl"
        start = time.perf_counter()
        with Recorder(path) as recorder:
            for _ in range(count):
                recorder.add("event", "sub.event", who="s", key="s", value=VALUE)
        added = time.perf_counter()
        total = sum(1 for _ in read(path))
        done = time.perf_counter()
    print(f"add  {(added - start) / count * 1e6:6.2f} µs   {count / (added - start):>12,.0f}/s")
    print(f"read {(done - added) / total * 1e6:6.2f} µs   {total / (done - added):>12,.0f}/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
