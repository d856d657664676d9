"""Five real applications on the honest reference server are certified; nothing is left behind."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from onceproof.conformance.errors import CERTIFIED, INTERRUPTED, PARTIAL, USAGE
from onceproof.conformance.options import Options
from onceproof.conformance.session import Session
from tests.field.apps import CONFIG, INPUTS, options_for
from tests.hearing import hear_signals

ONCEPROOF = (sys.executable, "-m", "onceproof.conformance")
SMALL = ("--max-runs", "14", "--seed", "7", "--run-deadline", "90")


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    folder = tmp_path_factory.mktemp("server") / "run"
    options = Options(env=(f"LANGGRAPH_CONFIG_PATH={CONFIG}",), run_dir=folder)
    with Session(options) as session:
        yield session.target.urls


def certify(urls: list[str], folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    named = [word for url in urls for word in ("--url", url)]
    return subprocess.run(
        [*ONCEPROOF, "certify", *named, *options, "--run-dir", str(folder)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("graph", INPUTS)
def test_an_application_is_certified_in_field_mode(
    graph: str, urls: list[str], tmp_path: Path
) -> None:
    before = httpx.post(f"{urls[0]}/threads/count", json={}).json()
    done = certify(urls, tmp_path / "run", *options_for(graph), *SMALL)
    assert done.returncode == CERTIFIED, done.stdout + done.stderr
    assert f"runs of '{graph}'" in done.stdout
    assert "field: certified for " in done.stdout
    results = json.loads((tmp_path / "run/results.json").read_text())
    assert results["field"]["surprises"] == []
    assert results["field"]["schemas"]
    assert httpx.post(f"{urls[0]}/threads/count", json={}).json() == before
    again = subprocess.run(
        [*ONCEPROOF, "recheck", str(tmp_path / "run")], capture_output=True, text=True, check=False
    )
    assert again.returncode == CERTIFIED, again.stdout


def test_one_address_and_one_run_are_no_full_certificate(urls: list[str], tmp_path: Path) -> None:
    """One run alone shows what every graph can show, and leaves the rest unjudged."""
    options = (*options_for("agent"), "--max-runs", "1", "--seed", "7")
    done = certify(urls[:1], tmp_path / "run", *options)
    assert done.returncode in (CERTIFIED, PARTIAL), done.stdout + done.stderr
    results = json.loads((tmp_path / "run/results.json").read_text())
    verdicts = {each["id"]: each["verdict"] for each in results["requirements"]}
    assert verdicts["FIELD-11"] == "INCONCLUSIVE"
    assert verdicts["FIELD-01"] == "PASS"


def test_an_assistant_that_is_not_hosted_is_refused_in_a_sentence(
    urls: list[str], tmp_path: Path
) -> None:
    options = ("--assistant", "nobody", "--input", str(INPUTS["agent"]))
    done = certify(urls, tmp_path / "run", *options)
    assert done.returncode == USAGE
    assert "'nobody' is not hosted there: name one of agent, approval" in done.stderr


def test_nothing_is_left_behind_by_a_run_that_is_interrupted(
    urls: list[str], tmp_path: Path
) -> None:
    def count_threads() -> int:
        counted: int = httpx.post(f"{urls[0]}/threads/count", json={}).json()
        return counted

    before, folder = count_threads(), tmp_path / "run"
    options = (*options_for("agent"), "--max-runs", "200", "--run-dir", str(folder))
    words = [*ONCEPROOF, "certify", "--url", urls[0], *options]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, preexec_fn=hear_signals
    ) as process:
        try:
            deadline = time.monotonic() + 120
            while count_threads() < before + 3 and time.monotonic() < deadline:
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == INTERRUPTED, output
    assert count_threads() == before
    results = json.loads((folder / "results.json").read_text())
    assert results["outcome"] == "inconclusive"
