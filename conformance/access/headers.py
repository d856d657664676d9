"""The headers that open the target's door, and their renewal.

A token may run out in the middle of a run. An answer of 401 to a request that carried our headers
has them read again, once for all who were refused with the same values, and the request is sent
once more: it had no effect. What was refused right after it was read is not read again for
`PAUSE_S`, so that a wrong token does not start a command for each request.
"""

import base64
import binascii
import threading
import time
from collections.abc import Iterable, Mapping

from onceproof.conformance.access.sources import HeaderSource
from onceproof.conformance.secrets import SECRETS

PAUSE_S = 5.0


class Headers:
    """Headers by lower-case name; safe to share between threads."""

    def __init__(self, sources: Iterable[HeaderSource] = ()) -> None:
        """Read nothing yet: the first use does."""
        self._sources = list(sources)
        self._lock = threading.Lock()
        self._values: dict[str, str] | None = None
        self._read_s = 0.0

    @property
    def names(self) -> list[str]:
        return [source.name for source in self._sources]

    @property
    def can_change(self) -> bool:
        """Whether reading them again may give other values."""
        return any(source.changes for source in self._sources)

    def values(self) -> Mapping[str, str]:
        """Return the headers; UsageError if one of them cannot be read."""
        if self._values is not None:  # without the lock: a renewal holds up nobody else
            return self._values
        with self._lock:
            if self._values is None:
                self._values = self._read()
            return self._values

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Read the headers again, unless others are in use by now; return whether to try again."""
        if not refused or not self.can_change:
            return False
        with self._lock:
            if self._values == refused:
                if time.monotonic() - self._read_s < PAUSE_S:
                    return False
                self._values = self._read()
            return self._values != refused

    def _read(self) -> dict[str, str]:
        values = {source.name: source.read() for source in self._sources}
        self._read_s = time.monotonic()
        for value in values.values():
            register_header(value)
        return values


def register_header(value: str) -> None:
    """Let nothing that is written hold this value, nor what is in it."""
    scheme, _, token = value.partition(" ")
    SECRETS.add(value, *([token] if token else []))
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return
        SECRETS.add_login(user, password)
        if not password:
            SECRETS.add(user)
