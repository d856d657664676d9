"""A test is not excused by the fault of the one before it."""

import time
from types import SimpleNamespace

import pytest

from onceproof.conformance.checks.views.windows import Windows
from onceproof.conformance.history.build import fault, history
from onceproof.conformance.suite.kit import recovery as kit

S = 1_000_000_000


def make_session(*records):
    return SimpleNamespace(records=lambda: history(*records))


async def wait_for_calm(session):
    return await kit.calm.__wrapped__(session)


@pytest.mark.anyio
async def test_what_follows_is_outside_of_every_window():
    now = time.monotonic_ns()
    faults = [
        fault("kill", "inject", at=now - S, recovery_ms=200),
        fault("kill", "heal", at=now, recovery_ms=200),
    ]
    await wait_for_calm(make_session(*faults))
    begun = time.monotonic_ns()
    assert not Windows(history(*faults)).cover("a", begun, begun + S)
    assert Windows(history(*faults)).cover("a", now, now)


@pytest.mark.anyio
async def test_a_recovery_of_minutes_is_not_waited_for(monkeypatch):
    now = time.monotonic_ns()
    faults = [fault("kill", "inject", at=now), fault("kill", "heal", at=now, recovery_ms=240_000)]
    monkeypatch.setattr(kit.asyncio, "sleep", None)  # would be a TypeError
    await wait_for_calm(make_session(*faults))
