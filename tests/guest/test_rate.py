"""A limit of requests a second is kept by every part, and the report says it."""

from pathlib import Path

import anyio
import pytest
from msgspec.structs import replace

from onceproof.conformance.access.clients import open_sync_client
from onceproof.conformance.guest import Guest, use_guest
from onceproof.conformance.guest.budget import Budget
from onceproof.conformance.guest.host import guest_of_environment
from onceproof.conformance.options import Options
from onceproof.conformance.wire.client import Api
from onceproof.load.connection import Connection
from onceproof.reports.evidence import target_name
from tests.access.gateway import run_gateway
from tests.reports import examples

REQUESTS = 6


@pytest.fixture
def guest(tmp_path: Path) -> Guest:
    budget = Budget(50.0, tmp_path / "rate")
    return Guest(budget=budget)


def spend(url: str, part: str) -> None:
    """Send requests by one part of the harness."""
    if part == "wire":

        async def ask() -> None:
            async with Api([url]) as api:
                for _ in range(REQUESTS):
                    await api.get("/ok")

        anyio.run(ask)
    elif part == "load":
        connection = Connection(url, None, 10)
        for _ in range(REQUESTS):
            connection.exchange("GET", "/ok")
        connection.close()
    else:
        with open_sync_client(url) as client:
            for _ in range(REQUESTS):
                client.get("/ok")


@pytest.mark.parametrize("part", ["wire", "load", "client"])
def test_every_part_spends_of_the_budget(
    guest: Guest, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spent: list[Budget] = []
    monkeypatch.setattr(Budget, "reserve", lambda budget: spent.append(budget) or 0.0)
    with run_gateway(None) as gateway, use_guest(guest):
        spend(f"http://127.0.0.1:{gateway.server_port}", part)
    assert len(gateway.seen) + gateway.refused == REQUESTS
    assert spent == [guest.budget] * REQUESTS


def test_another_process_has_the_same_budget(guest: Guest) -> None:
    assert guest_of_environment(guest.as_environment()).budget == guest.budget


def test_the_report_says_the_limit() -> None:
    said = Options(max_rate=7.5, environ={}).describe_profile()
    results = examples.green()
    shown = target_name(results)
    limited = replace(results, target=results.target | said)
    assert target_name(limited) == f"{shown} (at most 7.5 requests a second)"
