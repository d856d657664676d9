"""Whatever was started here is stopped here: on failure, at exit, and by nobody else.

A stack or a target that is half up when something goes wrong has processes, folders and containers
that only it knows of. So the stop is arranged before the first of them is made: it follows a start
that fails, Ctrl-C included, and it is what the interpreter does last if nobody else did. (After a
SIGKILL no handler runs; for that there are `guard` and `sweeper`.)

The trap is in the exit handler. A child that is forked from the harness inherits it with all that
it refers to, and would at its own orderly end stop the servers of its parent, which goes on working
with them. So the process that started is remembered, and a stop in any other does nothing at all.
"""

import atexit
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from onceproof.conformance.errors import OnceproofError, StackError


class Owned:
    """Begun once by `_own`, ended once by `stop`; a kind fills in `_close`."""

    #: What a second start is.
    error: type[OnceproofError] = StackError

    def __init__(self) -> None:
        self._owner: int | None = None

    def _close(self) -> None:
        """Remove all that was begun, however far it came."""

    def _own(self, begin: Callable[[], None], called: str) -> None:
        """`begin`, and be stopped from now on, at exit if not before; `called` so in messages."""
        if self._owner is not None:
            raise self.error(f"{called} is already started; stop it first")
        self._owner = os.getpid()
        atexit.register(self.stop)
        with self._or_stop():
            begin()

    @contextmanager
    def _or_stop(self) -> Iterator[None]:
        """Stop if what is done inside fails or is interrupted."""
        try:
            yield
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End and remove everything of it; without effect on one that is not started here."""
        if self._owner != os.getpid():
            return
        self._close()
        self._owner = None
        atexit.unregister(self.stop)
