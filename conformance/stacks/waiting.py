"""Wait for a foreign process to come to a state that it does not announce."""

import threading
import time
from collections.abc import Callable

#: Set after Ctrl-C: nobody needs any more what is being started. Ends are waited for as ever.
abandoned = threading.Event()


def wait_until(holds: Callable[[], bool], wait_s: float, every_s: float = 0.02) -> bool:
    """Ask every `every_s` seconds until `holds()`; False when `wait_s` passed without."""
    deadline = time.monotonic() + wait_s
    while not holds():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every_s)
    return True
