"""What became of each mutant, a line of JSON each: a run that is stopped is resumed from here."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.machine.mutant import Mutant

#: Ways to end. A mutant that never ends is found by whoever waits for it; one that cannot even be
#: imported or does not start is found by its first user.
KILLED = "killed"
TIMEOUT = "timeout"
START = "start"
SURVIVED = "survived"
#: The trial itself went wrong, which says nothing about the mutant: it is tried again.
BROKEN = "broken"
FOUND = (KILLED, TIMEOUT, START)


@dataclass(frozen=True)
class Outcome:
    """How a mutant ended, and who found it: a test, a requirement or a stage."""

    end: str
    by: str = ""
    seconds: float = 0.0


def append(file: Path, mutant: Mutant, outcome: Outcome) -> None:
    """Write down what became of a mutant."""
    line = {
        "name": mutant.name,
        "line": mutant.line,
        "before": mutant.before.strip(),
        "after": mutant.after.strip(),
        **asdict(outcome),
    }
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps(line) + "\n")


def load(file: Path) -> dict[str, Outcome]:
    """Return the outcomes so far by the names of the mutants; the last word on each counts."""
    if not file.exists():
        return {}
    outcomes = {}
    for text in file.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        outcomes[line["name"]] = Outcome(line["end"], line["by"], line["seconds"])
    return outcomes


def remaining(mutants: Iterable[Mutant], file: Path) -> list[Mutant]:
    """Return the mutants of which the file does not say yet what became of them."""
    ended = {name for name, outcome in load(file).items() if outcome.end != BROKEN}
    return [one for one in mutants if one.name not in ended]


def score(mutants: Iterable[Mutant], file: Path) -> str:
    """Say how many of the mutants were found, in one line."""
    outcomes = load(file)
    ends = Counter(outcomes[one.name].end for one in mutants if one.name in outcomes)
    tried = sum(ends.values()) - ends[BROKEN]
    found = sum(ends[end] for end in FOUND)
    share = f"{100 * found / tried:.1f} %" if tried else "none tried"
    parts = ", ".join(f"{end} {ends[end]}" for end in (*FOUND, SURVIVED, BROKEN) if ends[end])
    return f"{found} of {tried} found ({share}): {parts}"
