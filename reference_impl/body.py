"""A request's JSON body, decoded at a cost that is bounded before anything is decoded.

While a body is decoded the event loop answers nobody else, and no thread would help: the decoder
holds the interpreter all the while. The size alone does not say what it costs. A megabyte of text
takes a millisecond, a megabyte of empty lists thirty, and of distinct keys more. So a body is
weighed by its bytes, without a Python object for any of its parts: each value counts one, and
each key four.
"""

from typing import Any

import orjson

from onceproof.reference_impl.collector import pause_collector

#: What the default settings allow takes some 30 ms to decode, whatever it is made of.
MAX_WEIGHT = 250_000
KEY_WEIGHT = 4

#: The JSON encoder gives up at 254 levels, and what is stored is answered inside a few more.
MAX_DEPTH = 200
_ENCODER_DEPTH = 254


class Unreadable(ValueError):
    """A body that is not JSON, or that is more than a body may be; a sentence says why."""


def decode_json(raw: bytes) -> Any:
    """Return the value of a JSON text; Unreadable if it is none, too deep or of too many parts.

    Its NUL characters, which Postgres cannot store, become U+FFFD; an empty text is an empty
    object.
    """
    if not raw.strip():
        return {}
    if weigh(raw) > MAX_WEIGHT and weigh_outside_texts(raw) > MAX_WEIGHT:
        raise Unreadable(
            f"the body is made of too many parts: each value counts 1, each key {KEY_WEIGHT}, "
            f"together at most {MAX_WEIGHT}; send less at once"
        )
    try:
        with pause_collector():
            value = orjson.loads(_replace_nuls(raw))
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"the body is not valid JSON: {error}") from None
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and nests_deeper(value, MAX_DEPTH):
        raise Unreadable(f"the body is nested more than {MAX_DEPTH} levels deep")
    return value


def weigh(raw: bytes) -> int:
    """Return the weight of a JSON text, with whatever looks like a part inside its texts."""
    values = raw.count(b",") + raw.count(b"[") + raw.count(b"{")
    return values + KEY_WEIGHT * raw.count(b":")


def weigh_outside_texts(raw: bytes) -> int:
    """Return the weight without what only looks like a part, inside the texts of a JSON value."""
    plain = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    texts = plain.count(b'"') // 2
    if texts > MAX_WEIGHT:  # each is a value or a key: no need to take them apart
        return texts
    return weigh(b"".join(plain.split(b'"')[::2]))


def nests_deeper(value: Any, levels: int) -> bool:
    """Return whether a decoded JSON value nests deeper than `levels`.

    The encoder finds it out, which has a limit of its own: inside so many lists more, what is one
    level too deep for us is one too deep for it.
    """
    for _ in range(_ENCODER_DEPTH - levels):
        value = [value]
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return True
    return False


def _replace_nuls(raw: bytes) -> bytes:
    """Put U+FFFD for each NUL; the backslash before it may be one that is itself escaped."""
    if b"\\u0000" not in raw or b"\0" in raw:  # the second is no JSON
        return raw
    marked = raw.replace(b"\\\\", b"\0\0").replace(b"\\u0000", b"\\ufffd")
    return marked.replace(b"\0\0", b"\\\\")
