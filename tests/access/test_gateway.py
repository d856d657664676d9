"""A certification and a load behind a gateway: TLS of a private authority, a key, a path prefix."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from onceproof.conformance.errors import USAGE
from onceproof.conformance.options import Options
from onceproof.conformance.session import Session
from tests.access.conftest import Authority
from tests.access.gateway import PREFIX, Gateway, run_gateway

LOCUSTFILE = Path(__file__).resolve().parents[2] / "load" / "locustfile.py"
#: Requests, streams, the official client, bare sockets, and what is judged by the history.
ONLY = ("SYS-0", "STA-0", "STR-0", "RUN-02", "SDK-0", "LIM-0", "THR-2")


@pytest.fixture(scope="module")
def gateway(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    options = Options(stack="embedded", run_dir=tmp_path_factory.mktemp("reference") / "run")
    with (
        Session(options) as session,
        run_gateway(authority.server, session.target.urls[0]) as running,
    ):
        yield running


def url_of(gateway: Gateway) -> str:
    return f"https://127.0.0.1:{gateway.server_port}{PREFIX}"


def test_nothing_fails_for_want_of_a_way_in(
    gateway: Gateway, authority: Authority, tmp_path: Path
) -> None:
    only = [word for each in ONLY for word in ("--only", each)]
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "onceproof.conformance", "certify"),
            *("--url", url_of(gateway), "--ca", str(authority.ca)),
            *("--header", "x-api-key=env:GATEWAY_KEY"),
            *(*only, "--run-dir", str(tmp_path / "run")),
        ],
        env={**os.environ, "GATEWAY_KEY": gateway.key},
        capture_output=True,
        encoding="utf-8",
        timeout=500,
    )
    results = json.loads((tmp_path / "run" / "results.json").read_text(encoding="utf-8"))
    bad = [each["id"] for each in results["requirements"] if each["verdict"] in ("FAIL", "ERROR")]
    good = [each["id"] for each in results["requirements"] if each["verdict"] == "PASS"]
    assert bad == [], ended.stdout[-3000:]
    assert len(good) > 40
    assert gateway.refused == 0
    assert gateway.key not in (tmp_path / "run" / "results.json").read_text(encoding="utf-8")


def test_a_load_comes_through(gateway: Gateway, authority: Authority, tmp_path: Path) -> None:
    result = tmp_path / "load.json"
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless"),
            *("--host", url_of(gateway), "-u", "3", "-r", "3", "-t", "4s", "--only-summary"),
        ],
        env={
            **os.environ,
            "ONCEPROOF_HEADERS": f"x-api-key={gateway.key}",
            "ONCEPROOF_CA": str(authority.ca),
            "ONCEPROOF_LOAD_RESULT": str(result),
        },
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=200,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    load = json.loads(result.read_text(encoding="utf-8"))
    assert sum(each["count"] - each["failures"] for each in load["operations"]) > 3


def test_a_missing_key_is_no_failure_of_the_server(
    gateway: Gateway, authority: Authority, tmp_path: Path
) -> None:
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "onceproof.conformance", "certify", "--url", url_of(gateway)),
            *("--ca", str(authority.ca), "--only", "SYS", "--run-dir", str(tmp_path / "run")),
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert ended.returncode == USAGE
    assert "it answers 401 to a read with no header; give what it asks for" in ended.stderr
    assert not (tmp_path / "run" / "results.json").exists()
