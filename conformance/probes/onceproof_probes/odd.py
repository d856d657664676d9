"""Values that JSON or a checkpoint may lose, in a module a server can import when it loads one."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass
class Inner:
    """A dataclass inside a dataclass."""

    name: str = "inner"
    at: dt.datetime = dt.datetime(2024, 2, 29, 12, 30, tzinfo=dt.UTC)


@dataclass
class Outer:
    """A dataclass with another one and a list of them inside."""

    inner: Inner = field(default_factory=Inner)
    more: list[Inner] = field(default_factory=lambda: [Inner("a"), Inner("b")])


def odd_values() -> Mapping[str, Any]:
    """Build one of each, the same every time."""
    return {
        "text": 'żółw \U0001f422 漢字 \u2028 "quoted" \\ \r\n',
        "moment": dt.datetime(2024, 2, 29, 23, 59, 59, 123456, tzinfo=dt.UTC),
        "raw": bytes(range(256)),
        "tags": {"a", "b", "c"},
        "nan": math.nan,
        "infinity": math.inf,
        "minus_infinity": -math.inf,
        "big": 2**53 + 1,
        "uuid": UUID("12345678-1234-5678-1234-567812345678"),
        "amount": Decimal("1234567890.123456789"),
        "nested": Outer(),
    }


def same(one: Any, other: Any) -> bool:
    """Compare two values of the same type, with NaN equal to itself."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return type(one) is type(other) and bool(one == other)
