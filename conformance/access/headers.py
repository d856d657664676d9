"""The headers that open the target's door, and their renewal.

A token may run out in the middle of a run. What a command prints may say how long it lives (see
`sources`); then it is renewed when most of that has passed. An answer of 401 to a request that
carried our headers has them read again, too, once for all who were refused with the same values,
and the request is sent once more: it had no effect. A token that was accepted until then has shown
how long it lives, and the next one is renewed before that. One that was never accepted is not read
again for `PAUSE_S`, so that a wrong token does not start a command for each request.
"""

import base64
import binascii
import math
import threading
import time
from collections.abc import Iterable, Mapping

from onceproof.conformance.access.sources import HeaderSource
from onceproof.conformance.errors import UsageError
from onceproof.conformance.secrets import SECRETS

PAUSE_S = 5.0
#: So much of its life a token is used for.
USED = 0.75


class Headers:
    """Headers by lower-case name; safe to share between threads."""

    def __init__(self, sources: Iterable[HeaderSource] = ()) -> None:
        """Read nothing yet: the first use does."""
        self._sources = list(sources)
        self._lock = threading.Lock()
        self._values: dict[str, str] | None = None
        self._read_s = 0.0
        self._accepted = False
        #: How long a value has been shown to live, in seconds.
        self._lives_s = math.inf

    @property
    def names(self) -> list[str]:
        return [source.name for source in self._sources]

    @property
    def can_change(self) -> bool:
        """Whether reading them again may give other values."""
        return any(source.changes for source in self._sources)

    @property
    def is_due(self) -> bool:
        """Whether the values are about to run out, so that `values` would read them again."""
        return time.monotonic() - self._read_s > USED * self._lives_s

    def values(self) -> Mapping[str, str]:
        """Return the headers; UsageError if one of them cannot be read."""
        if self._values is not None and not self.is_due:
            return self._values
        # One that is due is still good: its renewal holds up nobody else.
        if self._lock.acquire(blocking=self._values is None):
            try:
                self._values = self._refresh()
            finally:
                self._lock.release()
        return self._values or {}

    def _refresh(self) -> dict[str, str]:
        if self._values is None:
            return self._read()
        if not self.is_due:
            return self._values
        try:
            return self._read()
        except UsageError:  # it will be raised when the old one is refused
            self._read_s = time.monotonic()
            return self._values

    def note_success(self, sent: Mapping[str, str]) -> None:
        """Note that a request with these values was let in."""
        if sent and sent == self._values:
            self._accepted = True

    def renew(self, refused: Mapping[str, str]) -> bool:
        """Read the headers again, unless others are in use by now; return whether to try again."""
        if not refused or not self.can_change:
            return False
        with self._lock:
            if self._values == refused:
                lived_s = time.monotonic() - self._read_s
                if lived_s < PAUSE_S and not self._accepted:
                    return False
                self._values = self._read()
                if self._accepted:
                    self._lives_s = min(self._lives_s, lived_s)
                self._accepted = False
            return self._values != refused

    def _read(self) -> dict[str, str]:
        read = [(source.name, source.read()) for source in self._sources]
        self._read_s = time.monotonic()
        for _, value in read:
            register_header(value.text)
        lives_s = [value.lives_s for _, value in read if value.lives_s is not None]
        self._lives_s = min(lives_s, default=self._lives_s)
        return {name: value.text for name, value in read}


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
