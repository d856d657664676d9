"""Wait for a foreign process to come to a state that it does not announce."""

import time
from collections.abc import Callable

from onceproof.conformance.stopping import stop_request


def wait_until(holds: Callable[[], bool], wait_s: float, every_s: float = 0.02) -> bool:
    """Ask every `every_s` seconds until `holds()`; False when `wait_s` passed without."""
    deadline = time.monotonic() + wait_s
    while not holds():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every_s)
    return True


def wait_for_start(holds: Callable[[], bool], wait_s: float, every_s: float = 0.02) -> bool:
    """Wait as `wait_until` does, but no longer than it is wanted: Interrupted after Ctrl-C."""

    def wanted_and_holds() -> bool:
        stop_request.check()
        return holds()

    return wait_until(wanted_and_holds, wait_s, every_s)


def wait_for_end(ended: Callable[[], bool], wait_s: float, every_s: float = 0.02) -> bool:
    """Wait as `wait_until` does, but hurry when it was or is asked to stop."""
    began = time.monotonic()

    def is_over_or_late() -> bool:
        return ended() or time.monotonic() - began >= stop_request.shorten(wait_s)

    wait_until(is_over_or_late, wait_s, every_s)
    return ended()
