"""Whether a container engine answers, and what it has: for tests that need one."""

import contextlib
import os
from collections.abc import Callable

import docker
import docker.errors
import pytest

from conformance.targets.container import INSIDE
from conformance.targets.image import ImageTarget

Make = Callable[..., ImageTarget]

#: The stand-in server in a container, among the probes.
SERVE = f"python3 {INSIDE}/standin.py --host 0.0.0.0 --port 8000"

#: An image with Python in it, to run the stand-in server.
PYTHON_IMAGE = os.environ.get("PYTHON_IMAGE", "python:3.12-slim")


def engine() -> docker.DockerClient | None:
    try:
        client = docker.from_env(timeout=5)
        client.ping()
    except docker.errors.DockerException:
        return None
    return client


needs_engine = pytest.mark.skipif(engine() is None, reason="no container engine answers")


def labelled(label: str) -> list[str]:
    """The names of the containers and networks that bear the label."""
    client = engine()
    assert client is not None
    with contextlib.closing(client):
        ours = {"label": label}
        containers = client.containers.list(all=True, filters=ours)
        return [each.name for each in [*containers, *client.networks.list(filters=ours)]]
