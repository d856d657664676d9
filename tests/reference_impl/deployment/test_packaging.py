"""The compose file is the documented topology, and its containers outlive their shutdown grace."""

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
SERVERS = ("api", "api2", "worker")


@pytest.fixture
def services() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


def test_servers_start_after_both_databases_are_healthy(services: dict[str, Any]) -> None:
    for name in ("postgres", "redis"):
        assert services[name]["healthcheck"]["test"]
    for name in ("postgres", "redis"):
        assert services["api"]["depends_on"][name] == {"condition": "service_healthy"}


def test_one_api_on_8123_and_two_workers(services: dict[str, Any]) -> None:
    unasked = {name for name, each in services.items() if "profiles" not in each}
    assert unasked == {"postgres", "redis", "api", "worker"}
    assert services["api"]["ports"] == ["127.0.0.1:${API_PORT:-8123}:8000"]
    assert services["worker"]["deploy"]["replicas"] == 2


@pytest.mark.parametrize("name", SERVERS)
def test_a_container_is_not_killed_within_its_shutdown_grace(
    services: dict[str, Any], name: str
) -> None:
    grace_s = int(services[name]["environment"]["BG_JOB_SHUTDOWN_GRACE_PERIOD_SECS"])
    assert int(services[name]["stop_grace_period"].removesuffix("s")) >= grace_s
