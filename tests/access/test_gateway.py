"""A certification and a load behind a gateway: TLS of a private authority, a key, a path prefix.

One gateway takes tokens that live two seconds; the other is nginx, with and without buffering.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance.errors import FAILED, USAGE
from onceproof.conformance.options import Options
from onceproof.conformance.session import Session
from onceproof.reports.reasons import LUMPS
from tests.access.conftest import Authority
from tests.access.gateway import PREFIX, PRINT_TOKEN, Gateway, run_gateway
from tests.access.nginx import KEY, NGINX, run_nginx

LOCUSTFILE = Path(__file__).resolve().parents[2] / "load" / "locustfile.py"
ONCEPROOF = (sys.executable, "-m", "onceproof.conformance")
#: Requests, streams, the official client, bare sockets, and what is judged by the history.
ONLY = ("SYS-0", "SYS-13", "STA-0", "STR-0", "RUN-02", "RUN-X1", "SDK-0", "WHK-04")
#: Streams and the official client, for longer than a token lives.
SHORT = ("SYS-01", "STR-0", "SDK-0")
#: What nginx spoils that gathers answers, and what it does not.
SPOILT = ("SYS-01", "STR-01", "RUN-17", "STR-18")
BAD = ("FAIL", "WARN", "ERROR")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    options = Options(stack="embedded", run_dir=tmp_path_factory.mktemp("reference") / "run")
    with Session(options) as session:
        yield session.target.urls


@pytest.fixture(scope="module")
def gateway(authority: Authority, reference: list[str]) -> Iterator[Gateway]:
    with run_gateway(authority.server, reference[0]) as running:
        yield running


@pytest.fixture(scope="module")
def nginx(
    authority: Authority, reference: list[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    if NGINX is None:
        pytest.skip("nginx is not installed")
    with run_nginx(tmp_path_factory.mktemp("nginx"), authority.shown, reference) as url:
        yield url


def url_of(gateway: Gateway) -> str:
    return f"https://127.0.0.1:{gateway.server_port}{PREFIX}"


def certify(
    folder: Path, *words: str, only: tuple[str, ...]
) -> tuple[int, str, dict[str, Any], dict[str, str]]:
    """Certify; return the status, what was printed, the results and the verdicts by id."""
    selected = [word for each in only for word in ("--only", each)]
    ended = subprocess.run(
        [*ONCEPROOF, "certify", *words, *selected, "--run-dir", str(folder / "run")],
        env={**os.environ, "GATEWAY_KEY": KEY},
        capture_output=True,
        encoding="utf-8",
        timeout=500,
    )
    written = (folder / "run" / "results.json").read_text(encoding="utf-8")
    assert KEY not in written + ended.stdout + ended.stderr
    results = json.loads(written)
    verdicts = {each["id"]: each["verdict"] for each in results["requirements"]}
    return ended.returncode, ended.stdout + ended.stderr, results, verdicts


def test_nothing_fails_for_want_of_a_way_in(
    nginx: str, authority: Authority, tmp_path: Path
) -> None:
    way = ("--ca", str(authority.ca), "--header", "x-api-key=env:GATEWAY_KEY")
    _, said, _, verdicts = certify(tmp_path, "--url", f"{nginx}/live", *way, only=ONLY)
    assert [id for id, verdict in verdicts.items() if verdict in BAD] == [], said[-3000:]
    assert list(verdicts.values()).count("PASS") > 25
    assert LUMPS not in said


def test_what_a_gateway_gathers_is_one_cause_and_one_failure(
    nginx: str, authority: Authority, tmp_path: Path
) -> None:
    way = ("--ca", str(authority.ca), "--header", "x-api-key=env:GATEWAY_KEY")
    url = f"{nginx}/lumps"
    status, said, results, verdicts = certify(tmp_path, "--url", url, *way, only=SPOILT)
    bad = [id for id, verdict in verdicts.items() if verdict in BAD]
    assert (status, bad, verdicts["RUN-17"]) == (FAILED, ["STR-18"], "NOT_JUDGED"), said[-3000:]
    assert verdicts["SYS-01"] == verdicts["STR-01"] == "PASS"
    first = results["judgement"]["reasons"][0]
    assert first["sentence"].startswith(f"{LUMPS} when they are over: nginx in front of the")
    assert "set `proxy_buffering off` for its location" in first["sentence"]
    assert {"RUN-17", "STR-18"} <= set(first["names"])
    run = tmp_path / "run"
    top = "\n".join((run / "summary.md").read_text(encoding="utf-8").splitlines()[:4])
    assert LUMPS in top
    assert LUMPS in (run / "report.html").read_text(encoding="utf-8")
    assert said.index(LUMPS) < said.index("running the suite")


def test_tokens_that_run_out_fail_nothing(
    gateway: Gateway, authority: Authority, tmp_path: Path
) -> None:
    gateway.lives_s = 2.0
    way = ("--ca", str(authority.ca), "--header", f"x-api-key=command:{PRINT_TOKEN}")
    _, said, _, verdicts = certify(tmp_path, "--url", url_of(gateway), *way, only=SHORT)
    gateway.lives_s = None
    assert [id for id, verdict in verdicts.items() if verdict in BAD] == [], said[-3000:]
    assert list(verdicts.values()).count("PASS") > 8
    assert len(gateway.tokens) > 3


def test_a_load_comes_through(nginx: str, authority: Authority, tmp_path: Path) -> None:
    result = tmp_path / "load.json"
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless"),
            *("--host", f"{nginx}/live", "-u", "3", "-r", "3", "-t", "4s", "--only-summary"),
        ],
        env={
            **os.environ,
            "ONCEPROOF_HEADERS": f"x-api-key={KEY}",
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
            *(*ONCEPROOF, "certify", "--url", url_of(gateway)),
            *("--ca", str(authority.ca), "--only", "SYS", "--run-dir", str(tmp_path / "run")),
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert ended.returncode == USAGE
    assert "it answers 401 to a read without credentials; give what it asks for" in ended.stderr
    assert not (tmp_path / "run" / "results.json").exists()
