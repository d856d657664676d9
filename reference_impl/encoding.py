"""JSON in and out of a server whose state may hold anything a graph puts there.

A NUL character cannot be stored in Postgres' jsonb, so it becomes U+FFFD on the way in; NaN and
the infinities become null, which JSON has instead. Both are done here rather than at each column.
"""

import dataclasses
import datetime
import decimal
import uuid
from collections import deque
from pathlib import PurePath
from typing import Any

import orjson

#: An object as JSON has it, with whatever a client or a graph puts there: metadata, a config.
JsonObject = dict[str, Any]

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_PASSTHROUGH_DATETIME


def _default(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, set | frozenset | deque | tuple):
        return list(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, BaseException):
        return {"error": type(value).__name__, "message": str(value)}
    if hasattr(value, "_asdict"):
        return value._asdict()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, uuid.UUID | PurePath):
        return str(value)
    return repr(value)


def _clean(value: Any) -> Any:
    """A copy orjson can encode and Postgres can store: no NUL, no lone surrogate, no huge int."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else float(value)
    if isinstance(value, dict):
        return {_clean(k) if isinstance(k, str) else k: _clean(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(v) for v in value]
    if hasattr(value, "model_dump"):
        return _clean(value.model_dump())
    return value


def dumps(value: Any) -> bytes:
    """Encode anything a graph may hold as JSON bytes that Postgres and any client accept."""
    try:
        encoded = orjson.dumps(value, _default, _OPTIONS)
    except (TypeError, OverflowError):
        encoded = orjson.dumps(_clean(value), _default, _OPTIONS)
    if b"\\u0000" in encoded:
        encoded = orjson.dumps(_clean(orjson.loads(encoded)), _default, _OPTIONS)
    return encoded


def jsonable(value: Any) -> Any:
    """Return the plain JSON value that `value` is encoded as."""
    return orjson.loads(dumps(value))


loads = orjson.loads
