"""Whether a container engine answers, and what it has: for tests that need one."""

import contextlib

import docker
import docker.errors
import pytest


def engine() -> docker.DockerClient | None:
    try:
        client = docker.from_env(timeout=5)
        client.ping()
    except docker.errors.DockerException:
        return None
    return client


needs_engine = pytest.mark.skipif(engine() is None, reason="no container engine answers")


def list_by_label(label: str) -> list[str]:
    """List the names of the containers and networks with this label."""
    client = engine()
    assert client is not None
    with contextlib.closing(client):
        ours = {"label": label}
        containers = client.containers.list(all=True, filters=ours)
        return [each.name for each in [*containers, *client.networks.list(filters=ours)]]
