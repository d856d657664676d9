"""A request's JSON body, decoded at a cost that is bounded before anything is decoded.

While a body is decoded the event loop answers nobody else, and no thread would help: the decoder
holds the interpreter all the while. The size alone does not say what it costs. A megabyte of text
takes a millisecond, a megabyte of empty lists thirty, and of distinct keys more. So a body is
weighed by its bytes, without a Python object for any of its parts: each value counts one, and
each key four.

Looking at each byte of 32 MB takes a fifth of a second by itself, so a long body is weighed while
it arrives, chunk by chunk, and the event loop has its turn between the chunks. One long text is
still decoded, and encoded for Postgres, in one go: 2 to 6 ms for each MB, which is why the default
limit of a body is not higher than it is.
"""

from array import array
from itertools import accumulate
from typing import Any

import orjson

from onceproof.reference_impl.collector import pause_collector

#: What the default settings allow takes some 30 ms to decode, whatever it is made of.
MAX_WEIGHT = 250_000
KEY_WEIGHT = 4

#: The JSON encoder gives up at 254 levels, and what is stored is answered inside a few more.
MAX_DEPTH = 200

#: The longest piece that is looked at in one go: a few milliseconds, whatever it is made of.
SLICE_BYTES = 64 * 1024

#: The longest escape, `\u0000`, without its last byte: what may be cut by the end of a chunk.
_CUT_ESCAPE = 5

_BRACKETS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class Unreadable(ValueError):
    """A body that is not JSON, or that is more than a body may be; a sentence says why."""


class IncomingBody:
    """A JSON text that is weighed, and freed of NULs, as its bytes arrive.

    Of one that turns out to be too much no more is kept; it is read to its end all the same, so
    that its sender gets an answer.
    """

    def __init__(self) -> None:
        self._text = bytearray()
        self._held = b""
        self._inside_text = 0
        self._levels = 0
        self._weight = 0
        self._refusal: str | None = None

    def add(self, chunk: bytes) -> None:
        """Take the next bytes of the body, in pieces of whole escapes."""
        for at in range(0, len(chunk), SLICE_BYTES):
            piece = self._held + chunk[at : at + SLICE_BYTES]
            end = _end_of_escapes(piece)
            self._held = piece[end:]
            if self._refusal is None:
                self._take(piece[:end])

    def decode(self) -> Any:
        """Return the value of the text; Unreadable if it is none, too deep or of too many parts."""
        if self._refusal is not None:
            raise Unreadable(self._refusal)
        self._text += self._held
        return _decode(self._text)

    def _take(self, piece: bytes) -> None:
        outside = self._leave_texts_out(piece)
        self._weight += weigh(outside)
        deepest = self._descend(outside)
        self._text += _replace_nuls(piece)
        if self._weight > MAX_WEIGHT:
            self._refuse(
                f"the body is made of too many parts: each value counts 1, each key {KEY_WEIGHT}, "
                f"together at most {MAX_WEIGHT}; send less at once"
            )
        elif deepest > MAX_DEPTH:
            self._refuse(f"the body is nested more than {MAX_DEPTH} levels deep")

    def _refuse(self, sentence: str) -> None:
        self._refusal = sentence
        self._text = bytearray()

    def _leave_texts_out(self, piece: bytes) -> bytes:
        """Return what of the piece stands outside of JSON's texts: what only looks like parts."""
        if b"\\" in piece:
            piece = piece.replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = piece.split(b'"')
        outside = parts[self._inside_text :: 2]
        self._inside_text = (self._inside_text + len(parts) - 1) % 2
        return b"".join(outside)

    def _descend(self, outside: bytes) -> int:
        """Follow the brackets; return the deepest level that was reached."""
        steps = array("b", outside.translate(_BRACKETS, _ALL_BUT_BRACKETS))
        levels = list(accumulate(steps, initial=self._levels))
        self._levels = levels[-1]
        return max(levels)


def decode_json(raw: bytes) -> Any:
    """Return the value of a JSON text; Unreadable if it is none, too deep or of too many parts.

    Its NUL characters, which Postgres cannot store, become U+FFFD; an empty text is an empty
    object. A text of fewer bytes than a body may weigh, and of few brackets, need not be weighed.
    """
    if len(raw) <= MAX_WEIGHT and raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return _decode(_replace_nuls(raw))
    body = IncomingBody()
    body.add(raw)
    return body.decode()


def weigh(outside: bytes) -> int:
    """Return the weight of a JSON text without its texts."""
    values = outside.count(b",") + outside.count(b"[") + outside.count(b"{")
    return values + KEY_WEIGHT * outside.count(b":")


def _decode(text: bytes | bytearray) -> Any:
    if not text or text.isspace():
        return {}
    try:
        with pause_collector():
            return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"the body is not valid JSON: {error}") from None


def _end_of_escapes(piece: bytes) -> int:
    """Return where the last whole escape ends, if one is cut by the end of the piece."""
    at = piece.rfind(b"\\", max(0, len(piece) - _CUT_ESCAPE))
    backslashes = at + 1 - len(piece[: at + 1].rstrip(b"\\"))
    return at if backslashes % 2 else len(piece)


def _replace_nuls(raw: bytes) -> bytes:
    """Put U+FFFD for each NUL; the backslash before it may be one that is itself escaped."""
    if b"\\u0000" not in raw or b"\0" in raw:  # the second is no JSON
        return raw
    marked = raw.replace(b"\\\\", b"\0\0").replace(b"\\u0000", b"\\ufffd")
    return marked.replace(b"\0\0", b"\\\\")
