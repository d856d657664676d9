"""Asynchronous tests run on asyncio, which is what the harness and the reference server use."""

from collections.abc import Iterator

import pytest

from onceproof.conformance.secrets import SECRETS


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def forget_secrets() -> Iterator[None]:
    """What one test passes as a secret is an ordinary text in the next."""
    yield
    SECRETS.clear()
