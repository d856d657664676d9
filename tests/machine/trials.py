"""A plugin of pytest that shows mutants to the collected tests, each in a fork of the session.

All is imported and collected once. A fork puts its mutant in place, runs the tests that reach it,
the fastest first, and ends with the first that fails.
"""

import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from tests.machine import records
from tests.machine.mutant import Mutant
from tests.machine.overlay import put_in_place
from tests.machine.reach import Reach
from tests.machine.records import Outcome

#: How much longer than without the mutant the tests may take, and how long at least.
PATIENCE, LEAST_S = 8.0, 10.0
#: Exit statuses of a trial.
NONE_FAILS, ONE_FAILS, BREAKS = 0, 1, 70


class Trials:
    """Takes the place of the loop over the tests."""

    def __init__(
        self, mutants: Iterable[Mutant], reach: Reach, write: Callable[[Mutant, Outcome], None]
    ):
        self._mutants = mutants
        self._reach = reach
        self._write = write
        self._failed: str | None = None

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the mutants one after the other."""
        for mutant in self._mutants:
            self._write(mutant, self._try(mutant, session))
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember the first test that fails."""
        if report.failed and self._failed is None:
            self._failed = report.nodeid

    def _try(self, mutant: Mutant, session: pytest.Session) -> Outcome:
        tests = self._reach.tests_of(mutant)
        if not tests:
            return Outcome(records.SURVIVED, "no test reaches it")
        items = choose_items(session.items, tests)
        limit_s = LEAST_S + PATIENCE * self._reach.seconds_of(tests)
        began = time.monotonic()
        with tempfile.TemporaryFile() as said:
            status = fork(lambda: self._run(mutant, items, said.fileno()), limit_s)
            said.seek(0)
            text = said.read().decode()
        return judge(status, text, time.monotonic() - began)

    def _run(self, mutant: Mutant, items: Sequence[pytest.Item], said: int) -> int:
        put_in_place(mutant)
        for item, after in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self._failed is not None:
                os.write(said, self._failed.encode())
                return ONE_FAILS
        return NONE_FAILS


def choose_items(items: Iterable[pytest.Item], tests: Sequence[str]) -> list[pytest.Item]:
    """Return the items of these test functions, in the order of the functions."""
    place = {test: n for n, test in enumerate(tests)}
    chosen = [item for item in items if item.nodeid.partition("[")[0] in place]
    return sorted(chosen, key=lambda item: place[item.nodeid.partition("[")[0]])


def fork(work: Callable[[], int], limit_s: float, output: Path = Path(os.devnull)) -> int | None:
    """Do the work in a fork and return its status; None if it had to be killed."""
    child = os.fork()
    if child == 0:
        status = BREAKS
        try:
            os.setpgid(0, 0)
            _redirect(output)
            status = work()
        finally:
            if sys.exception() is not None:
                traceback.print_exc()
            sys.stderr.flush()
            os._exit(status)
    return wait_for(child, limit_s)


def _redirect(output: Path) -> None:
    sys.stdout = sys.stderr = output.open("w", encoding="utf-8")
    for stream in (1, 2):
        os.dup2(sys.stdout.fileno(), stream)


def wait_for(child: int, limit_s: float) -> int | None:
    """Return the exit status of a child that leads a group; None if it had to be killed."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def judge(status: int | None, text: str, seconds: float) -> Outcome:
    """Say what the end of a trial means."""
    match status:
        case None:
            return Outcome(records.TIMEOUT, "", seconds)
        case 0:
            return Outcome(records.SURVIVED, "", seconds)
        case 1:
            return Outcome(records.KILLED, text, seconds)
        case _:
            return Outcome(records.BROKEN, f"status {status}", seconds)
