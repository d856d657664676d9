"""The way in that is in use, see the package's docstring."""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from onceproof.conformance.access.headers import Headers
from onceproof.conformance.access.sources import parse_header
from onceproof.conformance.access.tls import make_context

#: Variables that describe a way to a process of its own, such as Locust's.
HEADERS, CA = "ONCEPROOF_HEADERS", "ONCEPROOF_CA"
CERTIFICATE, KEY = "ONCEPROOF_CLIENT_CERTIFICATE", "ONCEPROOF_CLIENT_KEY"


@dataclass(frozen=True)
class Way:
    """Headers that go with every request, and how TLS is spoken; without either, the plain way.

    `options` are the headers as NAME=VALUE, as the option says them.
    """

    options: tuple[str, ...] = ()
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    headers: Headers = field(init=False, compare=False)

    def __post_init__(self) -> None:
        sources = [parse_header(option) for option in self.options]
        object.__setattr__(self, "headers", Headers(sources))

    @cached_property
    def context(self) -> ssl.SSLContext:
        """The TLS context; UsageError for files that cannot be used."""
        return make_context(self.ca, self.certificate, self.key)

    def check(self) -> None:
        """Read everything once, so that what cannot be used is refused before anything starts."""
        self.headers.values()
        _ = self.context

    def as_environment(self) -> dict[str, str]:
        """Return variables from which another process makes the same way."""
        files = {CA: self.ca, CERTIFICATE: self.certificate, KEY: self.key}
        named = {name: str(path.resolve()) for name, path in files.items() if path is not None}
        return named | ({HEADERS: "\n".join(self.options)} if self.options else {})


_current = Way()


def current_way() -> Way:
    """Return the way that is in use."""
    return _current


def set_way(way: Way) -> Way:
    """Use this way from now on; return the one before."""
    global _current
    before, _current = _current, way
    return before


@contextmanager
def use_way(way: Way) -> Iterator[Way]:
    """Use this way inside the block."""
    before = set_way(way)
    try:
        yield way
    finally:
        set_way(before)


def way_of_environment(environ: Mapping[str, str]) -> Way:
    """Return the way that the ONCEPROOF_ variables describe; UsageError if they cannot be used."""
    files: Sequence[Path | None] = [
        Path(environ[name]) if environ.get(name) else None for name in (CA, CERTIFICATE, KEY)
    ]
    options = tuple(line for line in environ.get(HEADERS, "").splitlines() if line.strip())
    return Way(options, *files)
