"""One hostile server for all tests, since what it does depends on the path alone."""

from collections.abc import Iterator

import pytest

from tests.hostile.hostile_server import HostileServer


@pytest.fixture(scope="session")
def server() -> Iterator[HostileServer]:
    with HostileServer() as made:
        yield made
