"""JSON in and out of a server whose state may hold anything a graph puts there.

A NUL character cannot be stored in Postgres' jsonb, so it becomes U+FFFD on the way in; NaN and
the infinities become null, which JSON has instead. Both are done here rather than at each column.
"""

import dataclasses
import datetime
import decimal
import enum
import uuid
from collections import deque
from pathlib import PurePath
from typing import Any

import orjson

#: An object as JSON has it, with whatever a client or a graph puts there: metadata, a config.
JsonObject = dict[str, Any]

#: The depth to which `_clean` copies: a state that contains itself has no other end.
MAX_LEVELS = 200

_OPTIONS = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_PASSTHROUGH_DATETIME


def _default(value: Any) -> Any:
    try:
        return _represent(value)
    except Exception:  # a graph's own class may raise anything when it is asked what it holds
        return f"<{type(value).__name__}>"


def _represent(value: Any) -> Any:
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


def _clean(value: Any, levels: int = MAX_LEVELS) -> Any:
    """Copy what orjson refuses into what it can encode and Postgres can store.

    No NUL, no lone surrogate, no huge integer, no key that is not text, nothing that contains
    itself: whatever a graph holds can be stored, so that no run is kept from ending by its state.
    """
    if levels == 0:
        return "(nested too deeply)"
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**64 else float(value)
    if isinstance(value, dict):
        return {_clean_key(key): _clean(inner, levels - 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner, levels - 1) for inner in value]
    return _clean(_plain(value), levels - 1)


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if hasattr(value, "tolist"):  # numpy's arrays and numbers
        return value.tolist()
    return _default(value)


def _clean_key(key: Any) -> str:
    """Return the text that stands for a key in JSON; tuples are written as Python shows them."""
    if isinstance(key, enum.Enum):
        return _clean_key(key.value)
    if key is None or isinstance(key, bool | float):
        return orjson.dumps(key).decode()
    plain = key if isinstance(key, str) else _default(key)
    return _clean(plain if isinstance(plain, str) else str(key))


def dumps(value: Any) -> bytes:
    """Encode anything a graph may hold as JSON bytes that Postgres and any client accept."""
    try:
        encoded = orjson.dumps(value, _default, _OPTIONS)
    except (TypeError, OverflowError, RecursionError):
        encoded = orjson.dumps(_clean(value), _default, _OPTIONS)
    if b"\\u0000" in encoded:
        encoded = orjson.dumps(_clean(orjson.loads(encoded)), _default, _OPTIONS)
    return encoded


def jsonable(value: Any) -> Any:
    """Return the plain JSON value that `value` is encoded as."""
    return orjson.loads(dumps(value))


loads = orjson.loads
