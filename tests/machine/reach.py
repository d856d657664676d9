"""Which tests reach which line of a file: a mutant is shown only to those that could see it.

Measured once, by coverage.py with a context for each test function; kept for the trials after it.
"""

import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path

import pytest

from tests.machine.mutant import ROOT, Mutant

#: Hypothesis takes the same examples every time.
QUIET = ("-q", "-x", "-p", "no:cacheprovider", "--no-header", "--hypothesis-seed=15")


class Watch:
    """A plugin of pytest that says which test is running, and adds up what each function takes.

    coverage.py finds out by itself, but not for the tests of Hypothesis: it cannot see their names.
    """

    def __init__(self, switch: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._switch = switch

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        self._switch(item.nodeid.partition("[")[0])
        try:
            return (yield)
        finally:
            self._switch("")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid.partition("[")[0]] += report.duration


class Reach:
    """The tests of a part, the lines that each reaches, and the seconds that it takes."""

    def __init__(self, seconds: dict[str, float], lines: dict[str, dict[str, list[str]]]):
        self._seconds = seconds
        self._lines = lines

    @classmethod
    def load(cls, file: Path) -> "Reach":
        """Return what `measure` has written."""
        found = json.loads(file.read_text(encoding="utf-8"))
        return cls(found["seconds"], found["lines"])

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Return the tests that reach a line of the change, the fastest first.

        A line that is executed as the module is imported may matter to any that reaches the file.
        """
        lines = self._lines.get(mutant.path, {})
        changed = range(mutant.line, mutant.line + 1 + mutant.before.count("\n"))
        tests = {test for line in changed for test in lines.get(str(line), [])}
        if "" in tests:
            tests = {test for reached in lines.values() for test in reached}
        return sorted(tests - {""}, key=lambda test: self._seconds.get(test, 0.0))

    def seconds_of(self, tests: Iterable[str]) -> float:
        """Return how long these tests take."""
        return sum(self._seconds.get(test, 0.0) for test in tests)


def measure(file: Path, tests: Sequence[str], sources: Sequence[str]) -> None:
    """Run the tests once in a process of its own, and write down what they reach and take."""
    child = os.fork()
    if child == 0:
        os._exit(_measure(file, tests, sources))
    _, status = os.waitpid(child, 0)
    if status:
        raise RuntimeError(f"the tests fail without any mutant: {' '.join(tests)}")


def _measure(file: Path, tests: Sequence[str], sources: Sequence[str]) -> int:
    from coverage import Coverage

    include = [f"{ROOT}/{source}*" for source in sources]
    include += [f"{ROOT}/onceproof/{source}*" for source in sources]
    tool = Coverage(data_file=None, include=include, config_file=False)
    watch = Watch(tool.switch_context)
    tool.start()
    status = pytest.main([*QUIET, *tests], plugins=[watch])
    tool.stop()
    lines: dict[str, dict[str, list[str]]] = {}
    for name in tool.get_data().measured_files():
        path = str(Path(name).resolve().relative_to(ROOT))
        contexts = tool.get_data().contexts_by_lineno(name)
        lines[path] = {str(n): sorted(found) for n, found in contexts.items()}
    file.write_text(json.dumps({"seconds": watch.seconds, "lines": lines}), encoding="utf-8")
    sys.stdout.flush()
    return int(status)
