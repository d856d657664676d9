"""Which tests have ever failed for cause: `track_record.py NAME=RUN_DIR... > docs/track_record.md`.

A test that has passed everywhere may be unable to fail. NAME is a server that deviates, a mutant or
a real one, and RUN_DIR the folder of its certification; several runs may have one name.
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

HEAD = """# Track record

Which tests of the suite have failed on a server that deviates: on one of `tests/mutants`, or on a
real one (`docs/targets`). Written by `tests/mutants/campaign/track_record.py`, from the runs that
it was given; a test that is listed below has not been made to fail by any of them, and may still
have been by hand while it was written."""

Failed = dict[str, set[str]]


def evidence(folder: Path) -> dict[str, str]:
    """The outcome of each test of a run."""
    kept = json.loads((folder / "evidence.json").read_text())
    return {test["nodeid"]: test["outcome"] for test in kept["tests"]}


def table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def chapter_of(nodeid: str) -> str:
    return nodeid.partition("/")[0]


def function_of(nodeid: str) -> str:
    """The test without its parameters."""
    return nodeid.partition("[")[0]


def render_page(known: set[str], failed: Failed) -> str:
    """Render the page: servers, chapters, and the tests that nothing has made fail."""
    functions = {function_of(one) for one in known}
    caught = {function_of(one) for ones in failed.values() for one in ones}
    servers = [[name, str(len(ones))] for name, ones in sorted(failed.items())]
    chapters = Counter(map(chapter_of, functions))
    bitten = Counter(chapter_of(one) for one in functions & caught)
    rows = [[name, str(count), str(bitten[name])] for name, count in sorted(chapters.items())]
    rows.append(["all", str(len(functions)), str(len(functions & caught))])
    parts = [
        HEAD,
        table(["server", "tests that failed on it"], servers),
        table(["chapter", "tests", "have failed"], rows),
        "## Not yet made to fail",
        *_by_file(functions - caught),
    ]
    return "\n\n".join(parts) + "\n"


def _by_file(functions: set[str]) -> list[str]:
    files = defaultdict(list)
    for one in sorted(functions):
        file, _, name = one.partition("::")
        files[file].append(name)
    return [
        f"`{file}`\n\n" + "\n".join(f"- {name}" for name in names) for file, names in files.items()
    ]


def main(arguments: list[str]) -> None:
    known: set[str] = set()
    failed: Failed = defaultdict(set)
    for argument in arguments:
        name, _, folder = argument.partition("=")
        outcomes = evidence(Path(folder))
        known |= outcomes.keys()
        failed[name] |= {one for one, outcome in outcomes.items() if outcome == "failed"}
    print(render_page(known, failed), end="")


if __name__ == "__main__":
    main(sys.argv[1:])
