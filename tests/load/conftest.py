"""Fixtures of the load tests; the stand-in server is the one that the wire is tested with."""

from collections.abc import Iterator

import pytest

from tests.load.locust_process import Locust
from tests.wire.stand_in import Served, StandIn
from tests.wire.stand_in_api import build


@pytest.fixture
def state() -> StandIn:
    return StandIn()


@pytest.fixture
def url(state: StandIn) -> Iterator[str]:
    with Served(build(state)) as served:
        yield served.url


@pytest.fixture
def locusts() -> Iterator[list[Locust]]:
    """Processes that are gone after the test, whatever it found."""
    processes: list[Locust] = []
    yield processes
    for each in processes:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()
