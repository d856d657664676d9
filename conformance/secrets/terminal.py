"""Standard output and standard error without secrets, whoever writes to them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from onceproof.conformance.secrets.registry import Secrets


class HidingStream:
    """A text stream that replaces secrets in what is written, and else is the one it stands for."""

    def __init__(self, stream: TextIO, secrets: Secrets) -> None:
        self._stream = stream
        self._secrets = secrets

    def write(self, text: str) -> int:
        """Write the text without its secrets."""
        return self._stream.write(self._secrets.hide(text))

    def writelines(self, lines: list[str]) -> None:
        """Write the lines without their secrets."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def hide_on_terminal(secrets: Secrets) -> Iterator[None]:
    """Replace secrets in what is printed inside the block."""
    before = sys.stdout, sys.stderr
    sys.stdout = cast(TextIO, HidingStream(before[0], secrets))
    sys.stderr = cast(TextIO, HidingStream(before[1], secrets))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
