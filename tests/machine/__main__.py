"""`python -m tests.machine checks|reference`: try mutants, and say how many were found."""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.machine import checks, python_operators, records, reference, sql_operators
from tests.machine.mutant import ROOT, Mutant, sample


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options; exits with status 2 if they are not usable."""
    parser = argparse.ArgumentParser(prog="python -m tests.machine", description=__doc__)
    parser.add_argument("part", choices=("checks", "reference"))
    parser.add_argument("--seed", type=int, default=15, help="decides the sample (default: 15)")
    parser.add_argument("--count", type=int, default=300, help="size of the sample (default: 300)")
    parser.add_argument("--folder", type=Path, default=Path(".mutation"), help="of the records")
    parser.add_argument("--resume", action="store_true", help="go on where the records end")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no mutant after these")
    parser.add_argument("--only", default="", help="mutants whose name contains this")
    parser.add_argument("--show", action="store_true", help="show what survived, and try nothing")
    return parser.parse_args(arguments)


def try_reference(options: argparse.Namespace) -> int:
    """Try a sample of the mutants of the reference server; return the exit status."""
    file = options.folder / "reference.jsonl"
    everything = make_mutants(reference.find_files())
    drawn = sample(everything, options.seed, options.count)
    chosen = [one for one in drawn if options.only in one.name]
    if options.show:
        return show(chosen, file)
    left = until(options.seconds, records.remaining(chosen, file))
    reference.try_mutants(left, options.folder)
    print(f"{len(everything)} mutants; sample of {len(chosen)}: {records.score(chosen, file)}")
    return 0


def try_checks(options: argparse.Namespace) -> int:
    """Try a sample of the mutants of the checks; return the exit status."""
    file = options.folder / "checks.jsonl"
    everything = checks.choose_mutants(make_mutants(checks.find_files()))
    drawn = sample(everything, options.seed, options.count)
    chosen = [one for one in drawn if options.only in one.name]
    if options.show:
        return show(chosen, file)
    checks.try_mutants(until(options.seconds, records.remaining(chosen, file)), options.folder)
    print(f"{len(everything)} mutants; sample of {len(chosen)}: {records.score(chosen, file)}")
    return 0


def until(seconds: float, mutants: Iterable[Mutant]) -> Iterator[Mutant]:
    """Yield the mutants as long as these seconds have not passed."""
    deadline = time.monotonic() + seconds
    for mutant in mutants:
        if time.monotonic() > deadline:
            return
        yield mutant


def make_mutants(paths: Iterable[str]) -> list[Mutant]:
    """Make all mutants of these files."""
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in paths}
    return [one for path, text in texts.items() for one in _operators_of(path)(path, text)]


def _operators_of(path: str) -> Callable[[str, str], Iterator[Mutant]]:
    return sql_operators.find_mutants if path.endswith(".sql") else python_operators.find_mutants


def show(mutants: Iterable[Mutant], file: Path) -> int:
    """Print what survived, with its change."""
    outcomes = records.load(file)
    for one in sorted(mutants, key=lambda one: (one.path, one.line)):
        outcome = outcomes.get(one.name)
        if outcome is not None and outcome.end == records.SURVIVED:
            print(f"{one.path}:{one.line} {one.name.rpartition('/')[2]} {outcome.by}")
            print(f"  - {one.before.strip()}\n  + {one.after.strip()}")
    print(records.score(mutants, file))
    return 0


def main(arguments: list[str]) -> int:
    """Try mutants of a part; return the exit status."""
    options = parse(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    if not options.resume and not options.show:
        for old in options.folder.glob(f"{options.part}.jsonl"):
            old.unlink()
    return try_checks(options) if options.part == "checks" else try_reference(options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
