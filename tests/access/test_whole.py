"""A whole certification and its load behind nginx, once live and once in lumps: `tox -e gateway`.

In front of two API and two worker processes of the reference server: TLS of a private authority, an
API key, a path prefix, a minute's idle timeout. It takes a quarter of an hour each.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance.options import Options
from onceproof.conformance.session import Session
from onceproof.reports.reasons import LUMPS
from tests.access.conftest import Authority
from tests.access.nginx import KEY, NGINX, run_nginx

LIMIT_S = 1400
BAD = ("FAIL", "WARN", "ERROR")


@dataclass(frozen=True)
class Deployment:
    """What is certified: nginx in front of a server, and what is beneath that server."""

    gateway: str
    database_uri: str
    redis_uri: str


@pytest.fixture
def deployment(authority: Authority, tmp_path: Path) -> Iterator[Deployment]:
    if NGINX is None:
        pytest.skip("nginx is not installed")
    folder = tmp_path / "nginx"
    folder.mkdir()
    with Session(Options(stack="embedded", run_dir=tmp_path / "server")) as session:
        stack, urls = session.stack, session.target.urls
        with run_nginx(folder, authority.shown, urls) as gateway:
            yield Deployment(gateway, stack.database_uri, stack.redis_uri)


def certify(url: str, deployment: Deployment, ca: Path, folder: Path) -> Mapping[str, Any]:
    """Certify it whole; return the results, after they have been printed."""
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "onceproof.conformance", "certify", "--exclusive"),
            *("--url", url, "--ca", str(ca), "--header", "x-api-key=env:GATEWAY_KEY"),
            *("--database-uri", deployment.database_uri, "--redis-uri", deployment.redis_uri),
            *("--run-dir", str(folder)),
        ],
        env={**os.environ, "GATEWAY_KEY": KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=LIMIT_S,
    )
    print(ended.stdout)
    assert KEY not in ended.stdout
    results: Mapping[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return results


def list_bad(results: Mapping[str, Any]) -> dict[str, str]:
    """Return the bad verdicts by the ids of their requirements."""
    every = {each["id"]: each["verdict"] for each in results["requirements"]}
    return {id: verdict for id, verdict in every.items() if verdict in BAD}


def test_a_gateway_that_passes_events_on_costs_nothing(
    deployment: Deployment, authority: Authority, tmp_path: Path
) -> None:
    url = f"{deployment.gateway}/live"
    results = certify(url, deployment, authority.ca, tmp_path / "run")
    assert list_bad(results) == {}
    assert results["load"]["operations"]
    assert LUMPS not in json.dumps(results)


def test_a_gateway_that_gathers_events_is_one_failure(
    deployment: Deployment, authority: Authority, tmp_path: Path
) -> None:
    url = f"{deployment.gateway}/lumps"
    results = certify(url, deployment, authority.ca, tmp_path / "run")
    assert list_bad(results) == {"STR-18": "FAIL"}
    first = results["judgement"]["reasons"][0]["sentence"]
    assert first.startswith(f"{LUMPS} when they are over: nginx in front of the server gathers")
    assert "set `proxy_buffering off` for its location" in first
