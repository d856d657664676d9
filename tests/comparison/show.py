"""Real runs side by side: `python -m tests.comparison.show FOLDER [--pairs 20] [--repeats 5]`.

Certifies the reference server with a short load again and again, two runs for each pair, and prints
what `compare` makes of each pair. Then it does the same for a build that is a fifth slower and for
a mutant. A run that FOLDER holds already is not done again, so that it can be interrupted.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from onceproof.reports.comparison.conclusion import Comparison, compare_sides, describe_comparison
from onceproof.reports.comparison.sides import Side, load_side

HERE = Path(__file__).parent
ALLOWED = 0.1
#: How much more CPU time each piece of its work takes: it does four in the time of five.
SLOWED = "0.25"
ONLY = ("--only", "CAN-01")
TARGETS = {
    "same": "",
    "slower": f"{{python}} {HERE / 'slower.py'} {SLOWED} --role {{role}} --port {{port}}",
    "mutant": "{python} -m onceproof.conformance.selftest.server ignore_cancels "
    "--role {role} --port {port}",
}


def certify(build: str, folder: Path, seconds: int) -> None:
    """Run it, unless it has been."""
    if (folder / "results.json").exists():
        return
    command = [sys.executable, "-m", "onceproof.conformance", "certify", *ONLY]
    command += ["--load-seconds", str(seconds), "--run-dir", str(folder)]
    command += ["--command", TARGETS[build]] if TARGETS[build] else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (10, 12):
        sys.exit(f"{folder.name} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def describe(name: str, comparison: Comparison) -> str:
    """Return a row of the table."""
    ratios = {figure.name: figure.ratio for figure in comparison.figures}
    shown = [f"{100 * (ratio.estimate - 1):+7.1f} %" for ratio in ratios.values()]
    low, high = ratios["server CPU ms/run"].low, ratios["server CPU ms/run"].high
    bounds = f"({100 * (low - 1):+.1f} to {100 * (high - 1):+.1f} %)"
    found = [change.name.split()[0] for change in comparison.changes if change.kind == "worse"]
    found += [figure.name for figure in comparison.figures if figure.is_regression]
    return (
        f"{name:<26} {' '.join(shown)} {bounds:<20} {comparison.exit_status:>3}  {', '.join(found)}"
    )


def join(sides: list[Side]) -> Side:
    """Return these runs as the repeats of one."""
    return Side([run for side in sides for run in side.repeats])


def compare_all(folder: Path, pairs: int, repeats: int) -> Iterator[str]:
    """Yield the table: pairs of one build, one run of a bad build, and repeats of it."""
    same = [load_side(folder / f"same-{number}") for number in range(2 * pairs)]
    slower = [load_side(folder / f"slower-{number}") for number in range(repeats)]
    mutant = load_side(folder / "mutant-0")
    yield f"{'new over old':<26} {'runs/s':>9} {'p50':>9} {'p99':>9} {'CPU/run':>9} {'':<20} exit"
    for old, new in zip(same[::2], same[1::2], strict=True):
        yield describe("the same build", compare_sides(old, new, ALLOWED))
    for old, new in zip(same, slower, strict=False):
        yield describe("a fifth slower", compare_sides(old, new, ALLOWED))
    old, new = (
        Side([run for side in group for run in side.repeats]) for group in (same[:5], slower)
    )
    yield describe(f"a fifth slower, {repeats} repeats", compare_sides(old, new, ALLOWED))
    yield describe("a mutant", compare_sides(same[0], mutant, ALLOWED))
    yield from ("", *describe_comparison(compare_sides(same[0], mutant, ALLOWED)))


def main() -> None:
    """Do the runs that are missing, and print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--load-seconds", type=int, default=10)
    asked = parser.parse_args()
    plan = [("same", number) for number in range(2 * asked.pairs)]
    plan += [("mutant", 0), *(("slower", number) for number in range(asked.repeats))]
    for build, number in plan:
        certify(build, asked.folder / f"{build}-{number}", asked.load_seconds)
    for row in compare_all(asked.folder, asked.pairs, asked.repeats):
        print(row)


if __name__ == "__main__":
    main()
