"""A restart policy as an orchestrator's: a replica that ends by itself is started again.

One that was taken down by the levers is not, so whoever breaks things decides when they mend.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from onceproof.conformance.errors import TargetError
from onceproof.conformance.targets.base import Levers

EVERY_S = 0.1
#: Between two attempts to start a replica, and how long they go on.
AGAIN_S = 0.5
PATIENCE_S = 60.0


class RestartingLevers:
    """Levers that know which replicas are down because they were taken down; see `Levers`."""

    def __init__(self, levers: Levers) -> None:
        self._levers = levers
        self._taken_down: set[str] = set()
        self._starting: dict[str, threading.Lock] = defaultdict(threading.Lock)

    def has_fallen(self, name: str) -> bool:
        """Return whether a replica ended although nobody took it down."""
        return name not in self._taken_down and not self._levers.alive(name)

    def has(self, lever: str) -> bool:
        return self._levers.has(lever)

    def kill(self, name: str) -> None:
        self._taken_down.add(name)
        self._levers.kill(name)

    def pause(self, name: str) -> None:
        self._levers.pause(name)

    def resume(self, name: str) -> None:
        self._levers.resume(name)

    def terminate(self, name: str, wait_s: float) -> int | None:
        self._taken_down.add(name)
        return self._levers.terminate(name, wait_s)

    def start(self, name: str) -> None:
        with self._starting[name]:  # the policy and whoever breaks things may both do it
            self._levers.start(name)
            self._taken_down.discard(name)

    def alive(self, name: str) -> bool:
        return self._levers.alive(name)

    def log(self, name: str) -> str:
        return self._levers.log(name)

    def owner(self, pid: int | None, host: str | None) -> str | None:
        return self._levers.owner(pid, host)

    def pids(self, name: str) -> list[int]:
        return self._levers.pids(name)


@contextmanager
def restart_fallen(
    levers: RestartingLevers,
    names: Sequence[str],
    fell: Callable[[str], None],
    tried: Callable[[str, bool], None],
) -> Iterator[None]:
    """Start again, during the block, each of these that ends by itself.

    From a thread for each, `fell(name)` is called when it has ended, and `tried(name, up)` when it
    is healthy again, or has not become so within `PATIENCE_S` seconds and is left down.
    """
    over = threading.Event()

    def watch(name: str) -> None:
        while not over.wait(EVERY_S):
            if levers.has_fallen(name):
                fell(name)
                up = _start(levers, name, over)
                tried(name, up)
                if not up:
                    return

    watching = [threading.Thread(target=watch, args=(name,), daemon=True) for name in names]
    for each in watching:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in watching:
            each.join()


def _start(levers: Levers, name: str, over: threading.Event) -> bool:
    """Start it; return whether it is up. Not given up at once: its start may need what is away."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            levers.start(name)
        except TargetError:
            if time.monotonic() > deadline or over.wait(AGAIN_S):
                return False
        else:
            return True
