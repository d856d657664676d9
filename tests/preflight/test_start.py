"""The first seconds of every start: what decides whether to go on, in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from onceproof.conformance.errors import UNAVAILABLE, USAGE, UsageError
from onceproof.conformance.preflight.gateways import explain_lumps, name_gateway
from onceproof.conformance.preflight.look import Look
from onceproof.conformance.preflight.trial import Trial
from onceproof.conformance.probes import GRAPHS
from tests.preflight.broken import BROKEN, Broken, run_broken

OTHERS = Broken("", 0, {"/assistants/search": (200, [{"graph_id": "agent"}])})
SUITE = "onceproof.conformance.suite.system.test_health"
#: What starts, and with which words before the URL.
STARTS = {
    "certify": ("onceproof.conformance", "certify", "--url"),
    "bench": ("onceproof.conformance", "bench", "--exclusive", "--url"),
    "pytest": ("pytest", "--pyargs", SUITE, "--onceproof-url"),
    "locust": ("locust", "-f", str(Path(__file__).parents[2] / "load/locustfile.py"), "--host"),
}
#: Those that need no second to begin.
QUICK = ("certify", "bench", "locust")
ENDINGS = {
    "no database": (Broken("", 0, {"/ok": (404, {}), "/info": (404, {})}), UNAVAILABLE, "/ok 404"),
    "no key": (BROKEN["no key"], USAGE, "it answers 403 to a read without credentials; give what"),
    "no probes": (OTHERS, USAGE, r"host"),
}


def start(kind: str, url: str, folder: Path) -> tuple[int, str]:
    words = [sys.executable, "-m", *STARTS[kind], url]
    words += ["--headless", "-u", "1", "-t", "2s"] if kind == "locust" else []
    ended = subprocess.run(words, cwd=folder, capture_output=True, encoding="utf-8", timeout=60)
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in QUICK for name in ENDINGS])
def test_a_target_that_cannot_be_judged_ends_every_start_in_one_sentence(
    kind: str, name: str, tmp_path: Path
) -> None:
    broken, status, sentence = ENDINGS[name]
    with run_broken(broken) as url:
        ended, said = start(kind, url, tmp_path)
    assert ended in (status, UNAVAILABLE if name == "no probes" else status), said
    assert sentence in said
    assert "Traceback" not in said
    assert list(tmp_path.rglob("results.json")) == []


def test_a_plain_session_ends_as_a_certification_does(tmp_path: Path) -> None:
    with run_broken(OTHERS) as url:
        ended, said = start("pytest", url, tmp_path)
    assert ended == USAGE, said
    assert "hosts none of the" in said
    assert " failed" not in said


def test_nobody_there_ends_a_load(tmp_path: Path) -> None:
    ended, said = start("locust", "http://127.0.0.1:1", tmp_path)
    assert ended == UNAVAILABLE, said
    assert "nothing answers at" in said


def test_a_server_without_any_probe_is_refused_unless_requirements_are_selected() -> None:
    other = Look(frozenset(GRAPHS), ("agent", "writer"))
    with pytest.raises(UsageError, match=r"none of the \d+ probe graphs, but agent, writer: judge"):
        other.demand_suite(selected=False)
    other.demand_suite(selected=True)
    Look(frozenset({"echo"})).demand_suite(selected=False)


def test_a_server_whose_nodes_do_not_reach_the_harness_is_refused() -> None:
    deaf = Look(trial=Trial("http://127.0.0.1:9", status="error"))
    with pytest.raises(UsageError, match=r"did not reach the harness at http.*--witness-address"):
        deaf.demand_suite(selected=True)


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"Server": "nginx/1.22.1"}, "nginx"),
        ({"server": "openresty"}, "OpenResty"),
        ({"via": "1.1 Caddy", "server": "uvicorn"}, "Caddy"),
        ({"CF-Ray": "8", "server": "cloudflare"}, "Cloudflare"),
        ({"server": "envoy"}, "Envoy"),
        ({"apigw-requestid": "a="}, "Amazon API Gateway"),
        ({"server": "uvicorn"}, None),
        ({}, None),
    ],
)
def test_a_gateway_is_named_by_what_it_leaves(headers: dict[str, str], name: str | None) -> None:
    found = name_gateway(headers)
    assert (found.name if found else None) == name


def test_lumps_are_explained_by_who_makes_them_and_what_to_set() -> None:
    assert "nginx in front of the server gathers them; set `proxy_buffering off`" in explain_lumps(
        {"server": "nginx"}
    )
    unknown = explain_lumps({"content-encoding": "gzip"})
    assert "a proxy that names itself nowhere, or the server itself, gathers them; turn" in unknown
    assert unknown.endswith("it also compresses them, which has to end")
