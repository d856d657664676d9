"""Processors that are busy with something else.

The certification and all its servers have the lowest priority of the machine, and beside them each
processor has a loop of a higher one. Nobody else on the machine feels either.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: The priorities of what is to starve and of what it competes with.
STARVED, COMPETING = 19, 12
#: A loop ends by itself, should nobody be left to end it.
LIMIT_S = 3600
LOOP = f"import time\nend = time.monotonic() + {LIMIT_S}\nwhile time.monotonic() < end: pass"


@contextmanager
def starve() -> Iterator[list[str]]:
    """Keep every processor busy during the block; yields what goes before a command to starve it.

    What is started without it competes as ever.
    """
    count = len(os.sched_getaffinity(0))
    command = ["nice", "-n", str(COMPETING), sys.executable, "-c", LOOP]
    loops = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield ["nice", "-n", str(STARVED)]
    finally:
        for loop in loops:
            loop.kill()
        for loop in loops:
            loop.wait()
