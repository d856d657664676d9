"""Carries a request to stop to the operator as a sentence, and to lanes as a signal.

The process that deals the tests out waits for its lanes somewhere inside xdist, so a thread beside
it looks at the request. Each lane ends by itself what it has under way; one that does not is
killed, and the guards of its servers clear up after it.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from onceproof.conformance.runner.lanes import FAILURE
from onceproof.conformance.stopping import stop_request

_EVERY_S = 0.05
#: What lanes have to end everything after a first request, and after another.
LANES_S = (60.0, 10.0)


class Attendant:
    """A context manager, and a plugin of the pytest session that has lanes."""

    def __init__(self, say: Callable[[str], None], folder: Path) -> None:
        self._say = say
        self._folder = folder
        self._lanes: dict[Any, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._attend, daemon=True)
        self._seen = 0
        self._deadline = float("inf")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodeready(self, node: Any) -> None:
        self._lanes[node] = node.gateway._rinfo().pid
        if self._seen:
            self._stop(node)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._lanes.pop(node, None)
        if failure := getattr(node, "workeroutput", {}).get(FAILURE):
            stop_request.give_up(failure)

    def _attend(self) -> None:
        while not self._over.wait(_EVERY_S):
            if self._seen < stop_request.times:
                self._seen += 1
                self._say(self._sentence())
                self._deadline = time.monotonic() + LANES_S[min(self._seen, len(LANES_S)) - 1]
                for node in list(self._lanes):
                    self._stop(node)
            if time.monotonic() > self._deadline:
                self._signal_all(signal.SIGKILL)

    def _sentence(self) -> str:
        if stop_request.failure:
            return f"stopping: {stop_request.failure}"
        if self._seen > 1:
            return f"hurrying: the history and the reports still go into {self._folder}"
        return (
            "interrupted: stopping everything; the history and the reports of what was seen so far "
            f"go into {self._folder} (interrupt again to hurry)"
        )

    def _stop(self, node: Any) -> None:
        """End the test that the lane has under way; it waits for another one, or for this."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._lanes[node], signal.SIGTERM)
        node.shutdown()

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in list(self._lanes.values()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
