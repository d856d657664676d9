"""Filters of handlers, as Postgres applies them to metadata."""

from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from onceproof.reference_impl.auth.filters import FilterError, rule_of

pytestmark = pytest.mark.anyio

METADATA: Any = {
    "owner": "alice",
    "members": ["alice", "bob"],
    "level": 3,
    "beta": True,
    "team": None,
    "odd": 'a"b\\c $.owner || true',
    'k"ey': "x",
    "listed": ["alice"],
    "id": "0b6a3c1e-6a0f-4f0e-8f43-3d0f9d1a2b3c",
    "born": "2026-01-02",
}


class Team(Enum):
    """An enum as handlers write it."""

    RED = "alice"


async def passes(pool: asyncpg.Pool, wanted: Any) -> bool:
    """Whether a row with the metadata is found under the filter."""
    query = "select exists (select from (select $1::jsonb as m) as t where permits($2, t.m))"
    return await pool.fetchval(query, METADATA, rule_of(wanted))


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"owner": "alice"},
        {"owner": {"$eq": "alice"}},
        {"owner": "alice", "level": 3},
        {"level": 3.0},
        {"beta": True},
        {"team": None},
        {"odd": 'a"b\\c $.owner || true'},
        {'k"ey': "x"},
        {"members": {"$contains": "bob"}},
        {"members": {"$contains": ["bob", "alice"]}},
        {"owner": {"$eq": "alice"}, "members": {"$contains": "bob"}},
        {"$or": [{"owner": "bob"}, {"level": 3}]},
        {"$or": [{"gone": "bob"}, {"level": 3}]},
        {"$and": [{"owner": "alice"}, {"level": 3}]},
        {"$or": [{"$and": [{"owner": "alice"}, {"level": 3}]}, {"owner": "bob"}]},
        {"owner": "alice", "$or": [{"owner": "bob"}, {"level": 3}]},
        {"id": UUID(METADATA["id"])},
        {"id": {"$eq": UUID(METADATA["id"])}},
        {"born": date(2026, 1, 2)},
        {"owner": Team.RED},
        {"members": {"$contains": [Team.RED, "bob"]}},
    ],
    ids=str,
)
async def test_what_is_described_passes(pool: asyncpg.Pool, wanted: Any) -> None:
    assert await passes(pool, wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        {"owner": "bob"},
        {"gone": "alice"},
        {"gone": None},
        {"listed": "alice"},
        {"owner": ""},
        {"owner": "alice\x00"},
        {"level": "3"},
        {"beta": 1},
        {"owner": {"$contains": "alice"}},
        {"members": {"$contains": "carol"}},
        {"members": {"$contains": ["alice", "carol"]}},
        {"owner": "alice", "level": 4},
        {"$or": [{"owner": "bob"}, {"level": 4}]},
        {"$and": [{"owner": "alice"}, {"gone": 4}]},
        {"$or": [{"$and": [{"owner": "alice"}, {"level": 4}]}, {"owner": "bob"}]},
        {"owner": 'bob" || $."level" == 3 || "" == "'},
        {'gone" == 1 || $."level': 3},
    ],
    ids=str,
)
async def test_what_is_not_described_does_not_pass(pool: asyncpg.Pool, wanted: Any) -> None:
    assert not await passes(pool, wanted)


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"$or": [{"owner": "alice"}]}, "at least two"),
        ({"$and": []}, "at least two"),
        ({"$or": {"owner": "alice"}}, "at least two"),
        ({"$or": [{}, {"owner": "alice"}]}, "at least one key"),
        ({"$or": [{"$and": [{"$or": [{"a": 1}, {"b": 1}]}, {"c": 1}]}, {"d": 1}]}, "2 deep"),
        ({"owner": {"$ne": "alice"}}, "'$ne' is not one of"),
        ({"owner": {}}, "compared with something"),
        ({"owner": ["alice"]}, "compares with text"),
        ({"members": {"$contains": []}}, "at least one element"),
        ({"members": {"$contains": {"a": 1}}}, "compares with text"),
        ({"$not": {"owner": "alice"}}, "neither a metadata key nor"),
        ({1: "alice"}, "neither a metadata key nor"),
    ],
    ids=str,
)
def test_what_is_no_filter_is_refused(wanted: Any, why: str) -> None:
    with pytest.raises(FilterError, match=why.replace("$", r"\$")):
        rule_of(wanted)
