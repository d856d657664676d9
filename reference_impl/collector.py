"""Keep the garbage collector out of what is all alive.

It walks what is young whenever enough of it has been made, and a large body or answer is nothing
but young: a hundred megabytes of JSON keep it, and with it the event loop, busy for longer than
all the decoding. What was imported never becomes garbage and is not walked either.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

#: How the paths end of what may answer with a hundred megabytes.
LONG_ANSWERS = ("/search", "/history")

_pauses = 0


@contextmanager
def pause_collector() -> Iterator[None]:
    """Collect nothing inside the block, nor inside any other that overlaps it."""
    global _pauses
    _pauses += 1
    gc.disable()
    try:
        yield
    finally:
        _pauses -= 1
        if not _pauses:
            gc.enable()


class CollectorPause:
    """Middleware: nothing is collected while an answer is made and sent that may be very long."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(LONG_ANSWERS):
            await self._app(scope, receive, send)
            return
        with pause_collector():
            await self._app(scope, receive, send)


def spare_imports() -> None:
    """Leave all that is alive now out of every later collection: 50 ms of each."""
    gc.collect()
    gc.freeze()
