"""`onceproof certify` against each hostile server: verdicts, in bounded time and memory.

All run side by side, each in a process of its own with a ceiling on its memory: most of the time
goes into waiting for what does not come. Of the requirements that are asked for, one is about the
health that every one of the servers shows, so it must pass, whatever came before it.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance.errors import FAILED
from tests.hostile.hostile_server import HostileServer

ASKED = ("RUN-02", "STR-32", "SYS-01")
HEALTH = "SYS-01"
TIME_S = 420
MEMORY_BYTES = 2 << 30
SIDE_BY_SIDE = 4

#: What a test of the wire cannot show as well; the others differ in the sentence alone.
NAMES = ("endless-body", "gigabyte-event", "no-answer", "invalid-utf8", "closed-in-headers")


@dataclass(frozen=True)
class Ended:
    """What one certification came to."""

    status: int
    output: str
    results: dict[str, Any]

    def verdicts(self) -> dict[str, str]:
        return {each["id"]: each["verdict"] for each in self.results["requirements"]}

    def messages(self) -> list[str]:
        """What the tests that did not pass say."""
        tests = [test for each in self.results["requirements"] for test in each["tests"]]
        return [test["message"] for test in tests if test["outcome"] in ("failed", "error")]


def run_certify(url: str, folder: Path) -> Ended:
    only = [part for each in ASKED for part in ("--only", each)]
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "onceproof.conformance",
            "certify",
            "--url",
            url,
            *only,
            "--run-dir",
            folder,
        ],
        capture_output=True,
        text=True,
        timeout=TIME_S,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES)),
    )
    results = json.loads((folder / "results.json").read_text())
    return Ended(run.returncode, run.stdout + run.stderr, results)


@pytest.fixture(scope="module")
def ended_runs(
    server: HostileServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Ended]]:
    folder = tmp_path_factory.mktemp("hostile")
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        made = {name: pool.submit(run_certify, server.url(name), folder / name) for name in NAMES}
        yield {name: each.result() for name, each in made.items()}


@pytest.mark.parametrize("name", NAMES)
def test_it_ends_in_verdicts_about_the_server(ended_runs: dict[str, Ended], name: str) -> None:
    one = ended_runs[name]

    assert one.status == FAILED, one.output
    assert "Traceback" not in one.output
    assert {one.verdicts()[each] for each in ASKED if each != HEALTH} <= {"FAIL", "WARN"}


@pytest.mark.parametrize("name", NAMES)
def test_the_rest_goes_on(ended_runs: dict[str, Ended], name: str) -> None:
    assert ended_runs[name].verdicts()[HEALTH] == "PASS"


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("endless-body", "with a body of more than"),
        ("gigabyte-event", "sent an event of more than"),
        ("no-answer", "took more than"),
        ("closed-in-headers", "disconnected without sending a response"),
        ("invalid-utf8", "not JSON"),
    ],
)
def test_the_sentence_says_what_the_server_did(
    ended_runs: dict[str, Ended], name: str, sentence: str
) -> None:
    assert any(sentence in message for message in ended_runs[name].messages()), ended_runs[
        name
    ].messages()
