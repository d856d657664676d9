"""Asynchronous tests run on asyncio, which is what the harness and the reference server use."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"
