"""The forms of a filter: each lets through exactly the threads that it describes."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.auth.callers import Callers
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.matrix import Probe, ask
from onceproof.conformance.wire.handles import new_nonce

#: Threads by name: who creates them, and their metadata.
THREADS: dict[str, tuple[str, dict[str, Any]]] = {
    "mine": ("alice", {"team": "blue"}),
    "mine_red": ("alice", {"team": "red", "members": []}),
    "shared": ("bob", {"team": "blue", "members": ["bob", "alice"]}),
    "shared_red": ("bob", {"team": "red", "members": ["alice", "carol", "bob"]}),
    "like_it": ("bob", {"team": ["red"], "members": "alice"}),
    "foreign": ("bob", {"team": "red", "members": ["bob"]}),
}

#: The threads that each form in conformance/probes/auth.py lets alice see.
SEEN = {
    "plain": {"mine", "mine_red"},
    "eq": {"mine", "mine_red"},
    "both": {"mine_red"},
    "contains": {"shared", "shared_red"},
    "contains_all": {"shared_red"},
    "or": {"mine", "mine_red", "shared", "shared_red"},
    "and": {"shared_red"},
    "nested": {"mine_red", "shared_red"},
}


@pytest.fixture
async def threads(callers: Callers) -> AsyncIterator[tuple[str, dict[str, str]]]:
    """The marker that the threads have in common, and their ids by name."""
    about, made = new_nonce(), {}
    for name, (owner, metadata) in THREADS.items():
        body = {"metadata": {**metadata, "about": about}}
        made[name] = expect(await callers(owner).post("/threads", json=body))["thread_id"]
    yield about, made
    for name, (owner, _) in THREADS.items():
        expect(await callers(owner).delete(f"/threads/{made[name]}"), 200, 204)


@requirement("AUT-12")
async def test_a_filter_lets_through_what_it_describes(
    callers: Callers, threads: tuple[str, dict[str, str]]
) -> None:
    about, ids = threads
    names = {thread_id: name for name, thread_id in ids.items()}
    body = {"metadata": {"about": about}, "limit": 100}
    for form, seen in SEEN.items():
        api = callers(f"alice/{form}")
        found = expect(await api.post("/threads/search", json=body))
        same(f"search under {form!r}", {names[each["thread_id"]] for each in found}, seen)
        count = expect(await api.post("/threads/count", json=body))
        same(f"count under {form!r}", count, len(seen))
        reads = await ask(api, [Probe("GET", f"/threads/{each}") for each in names])
        read = {names[probe.path.rpartition("/")[2]] for probe, got in reads if got.is_success}
        same(f"reads under {form!r}", read, seen)
