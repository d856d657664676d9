"""What a target tells, as the history holds it: of the kind that its schema names, or nothing.

Checks compare, sort and count what they are given. A server that answers a list where a status
belongs is to be judged by them like any other, so it is here, where an answer becomes a record,
that every field is checked: a text is a text, and anything but a number is left out.
"""

import json
from hashlib import blake2b
from typing import Any

from onceproof.conformance.history.values import Json

#: What fits into a record, and into a double.
LARGEST = 1 << 53
LONGEST = 1_000


def text(value: Any) -> str | None:
    """Return a text as it is, None for None, and anything else as the beginning of its JSON."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)[:LONGEST]


def number(value: Any) -> int | None:
    """Return a whole number of ordinary size; None for anything else."""
    return value if type(value) is int and abs(value) <= LARGEST else None


def fields(value: Any) -> Json:
    """Return an object as it is, and one without fields for anything else."""
    return value if isinstance(value, dict) else {}


def digest(value: Any) -> str:
    """Return a short name for some JSON, equal for equal JSON."""
    return blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=8).hexdigest()
