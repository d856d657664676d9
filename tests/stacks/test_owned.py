"""What is owned is closed once, by its owner: at a failure, at exit, and not by a forked child."""

import os
import subprocess
import sys

import pytest

from onceproof.conformance.errors import StackError
from onceproof.conformance.stacks.owned import Owned


class Thing(Owned):
    """Counts how often it was closed; its start fails with `failing`."""

    def __init__(self, failing: BaseException | None = None) -> None:
        super().__init__()
        self.closed = 0
        self._failing = failing

    def start(self) -> None:
        self._own(self._begin, "the thing")

    def _begin(self) -> None:
        if self._failing is not None:
            raise self._failing

    def _close(self) -> None:
        self.closed += 1


def test_it_is_closed_once_and_starts_anew() -> None:
    thing = Thing()
    thing.stop()
    assert thing.closed == 0
    for times in (1, 2):
        thing.start()
        with pytest.raises(StackError, match="the thing is already started; stop it first"):
            thing.start()
        assert thing.closed == times - 1
        thing.stop()
        thing.stop()
        assert thing.closed == times


@pytest.mark.parametrize("failing", [ValueError("no"), KeyboardInterrupt()])
def test_a_start_that_fails_or_is_interrupted_is_closed(failing: BaseException) -> None:
    thing = Thing(failing)
    with pytest.raises(type(failing)):
        thing.start()
    assert thing.closed == 1
    thing.stop()
    assert thing.closed == 1


SCRIPT = """
import os, sys
from onceproof.conformance.stacks.owned import Owned

class Thing(Owned):
    def _close(self):
        print("closed in", "the child" if os.getpid() != parent else "its owner", flush=True)

parent, thing = os.getpid(), Thing()
thing._own(lambda: None, "the thing")
if child := os.fork():
    os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_that_ends_in_good_order_closes_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=30, check=True
    )
    assert run.stdout.splitlines() == ["closed in its owner"]
