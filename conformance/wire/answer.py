"""Answers with a bound on what they may hold, for servers that do not know one.

httpx reads a body to its end, however far that is: a server that never stops sending would take
the harness with it. Here an answer gives up at `MAX_BODY_BYTES` and says what the server did.
The bound is on the body as it is kept, so a small body that unpacks to a huge one meets it, too.
"""

from typing import Any, Self

import httpx

#: Far above any answer that a requirement asks for.
MAX_BODY_BYTES = 64 * 1024 * 1024

SHOWN = 80


class BodyTooLarge(httpx.TransportError):
    """A server sends more than any answer may hold."""


class BodyGarbled(httpx.TransportError):
    """A body cannot be unpacked as its headers say."""


class NotJson(ValueError):
    """A body is not the JSON that it should be."""


class Answer(httpx.Response):
    """An answer of which at most `MAX_BODY_BYTES` are kept; `of` makes one of an open answer."""

    _whole: bytes | None = None

    @classmethod
    def of(cls, response: httpx.Response) -> Self:
        """Wrap an answer that is still unread."""
        return cls(
            response.status_code,
            headers=response.headers,
            stream=response.stream,
            request=response.request,
            extensions=response.extensions,
        )

    @property
    def content(self) -> bytes:
        """The body; `httpx.ResponseNotRead` before it is read."""
        if self._whole is None:
            raise httpx.ResponseNotRead
        return self._whole

    async def aread(self) -> bytes:
        """Read the body to its end; a `httpx.TransportError` when there is none to be had."""
        if self._whole is None:
            try:
                self._whole = await self._read()
            except httpx.DecodingError as error:
                raise BodyGarbled(self._said(f"a body that cannot be unpacked: {error}")) from error
        return self._whole

    def json(self, **options: Any) -> Any:
        """Return the body as JSON; `NotJson` says what it is instead."""
        try:
            return super().json(**options)
        except (ValueError, RecursionError) as error:
            what = f"a body that is not JSON ({error}): {self.content[:SHOWN]!r}"
            raise NotJson(self._said(what)) from error

    async def _read(self) -> bytes:
        body = bytearray()
        async for part in self.aiter_bytes():
            body += part
            if len(body) > MAX_BODY_BYTES:
                raise BodyTooLarge(self._said(f"a body of more than {MAX_BODY_BYTES} bytes"))
        return bytes(body)

    def _said(self, what: str) -> str:
        asked = f"{self.request.method} {self.request.url.path}"
        return f"{asked} answered {self.status_code} with {what}"
