"""A server that somebody else lives on already."""

from collections.abc import Iterator

import pytest

from onceproof.conformance.guest import Guest, use_guest
from onceproof.conformance.options import Options
from onceproof.conformance.session import Session
from tests.guest.neighbour import Neighbour

#: Those of issue 14 are 200; a short form has fewer.
THREADS = 40


@pytest.fixture(scope="package")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("shared") / "run"
    options = Options(stack="embedded", run_dir=folder, api_replicas=1, worker_replicas=1)
    with Session(options) as session, use_guest(Guest()):
        yield session.target.urls[0]


@pytest.fixture(scope="package")
def neighbour(url: str) -> Iterator[Neighbour]:
    made = Neighbour(url)
    try:
        made.move_in(THREADS)
        yield made
    finally:
        made.close()
