"""python -m tests.soak N [--starved] [--seed S] [--only ID] [--lanes L] [--record FILE]

N runs of the suite on the reference server, each in the order of a seed that is printed: the first
is S (drawn if left out), then S + 1 and so on, so that `1 --seed S` repeats one. Exit status 0 if
nothing was blamed, 10 otherwise.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from tests.soak.order import SEED
from tests.soak.record import Soaked, append, describe, read_run, summarise
from tests.soak.starving import starve

ROOT = Path(__file__).resolve().parents[2]
#: A starved suite takes several times as long as one that is not.
LIMIT_S = 5400


def main(words: Sequence[str] | None = None) -> int:
    """Run the soaks and return the exit status."""
    wanted = _parse(words)
    runs = []
    with starve() if wanted.starved else nullcontext([]) as before:
        for seed in range(wanted.seed, wanted.seed + wanted.runs):
            run = _soak(seed, wanted, before)
            runs.append(run)
            print("\n".join(describe(run)), flush=True)
            if wanted.record is not None:
                append(wanted.record, run)
    print(summarise(runs))
    return 0 if all(run.is_quiet for run in runs) else 10


def _parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("runs", type=int, metavar="N")
    parser.add_argument("--starved", action="store_true")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--only", action="append", default=[], metavar="ID")
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--record", type=Path, metavar="FILE")
    return parser.parse_args(words)


def _soak(seed: int, wanted: argparse.Namespace, before: Sequence[str]) -> Soaked:
    with tempfile.TemporaryDirectory(prefix="onceproof-soak-") as folder:
        run = Path(folder) / "run"
        command = [*before, sys.executable, "-m", "tests.soak.certify", "--run-dir", str(run)]
        command += ["--lanes", str(wanted.lanes), "--load-seconds", "0"]
        command += [word for name in wanted.only for word in ("--only", name)]
        subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, SEED: str(seed)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_S,
            check=False,
        )
        results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    return read_run(results, seed=seed, starved=wanted.starved)


if __name__ == "__main__":
    sys.exit(main())
