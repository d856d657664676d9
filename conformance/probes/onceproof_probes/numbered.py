"""Events that prove by themselves whether a stream was whole and in order."""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any


def chain_hash(prev: str, nonce: str, seq: int, pad: str = "") -> str:
    """Hash event `seq` of run `nonce` onto `prev`, the hash before it ('' for the first)."""
    return blake2b(f"{prev}{nonce}{seq}{pad}".encode(), digest_size=8).hexdigest()


class NumberedEvents:
    """Writes events {nonce, token, seq, total, h, pad?}: `h` commits to all events up to it.

    `token` is the execution that writes; it is not hashed, so every attempt tells the same story.
    """

    def __init__(
        self, write: Callable[[Any], None], nonce: str, total: int, *, token: int = 0, size: int = 0
    ) -> None:
        """`size` characters of padding make each event as large as a test wants it."""
        self.h = ""
        self._write = write
        self._nonce = nonce
        self._fixed = {"nonce": nonce, "token": token, "total": total}
        self._pad = "x" * size
        self._seq = 0

    def emit(self) -> None:
        """Write the next event."""
        self.h = chain_hash(self.h, self._nonce, self._seq, self._pad)
        event = {**self._fixed, "seq": self._seq, "h": self.h}
        self._write({**event, "pad": self._pad} if self._pad else event)
        self._seq += 1
