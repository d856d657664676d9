"""What `onceproof doctor` says of broken deployments, whole: a file of `golden` for each.

What differs from machine to machine, such as ports and versions, stands there in capitals.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from onceproof.conformance.options import Options
from onceproof.conformance.session import Session
from tests.access.conftest import Authority, authority
from tests.preflight.deployments import DEPLOYMENTS, Site, evict_keys
from tests.preflight.test_doctor import doctor

__all__ = ["authority"]

GOLDEN = Path(__file__).with_name("golden")
#: What is masked, and by which word.
MASKS = {
    r"(127\.0\.0\.1:|port )\d+": r"\1PORT",
    r"in \d+ ms": "in N ms",
    r"\d+ h( \d+ min)? (ahead|behind)": r"N h \2",
    r"version is [\w.]+": "version is VERSION",
    r"(Postgres|Redis) \d[\d.]*": r"\1 VERSION",
    r"\d+ of \d+ connections": "N of N connections",
    r"the \d+ probe graphs": "the N probe graphs",
    r"all \d+ probe graphs": "all N probe graphs",
    r"\d+ requirements? will": "N requirements will",
    r"\d+ needs?": "N need",
    r"(postgresql|redis)://\S+": r"\1://URI",
    r"(--ca|--database-uri) /\S+/": r"\1 ",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("running")
    options = Options(stack="embedded", run_dir=folder / "run", api_replicas=1, worker_replicas=1)
    with Session(options) as session:
        yield session


def mask(text: str) -> str:
    for pattern, word in MASKS.items():
        text = re.sub(pattern, word, text)
    return text


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_broken_deployment_is_described_line_by_line(
    name: str,
    running: Session,
    authority: Authority,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("onceproof.conformance.preflight.trial.EXECUTED_S", 3.0)
    monkeypatch.setattr("onceproof.conformance.preflight.trial.LIVE_S", 1.0)
    with DEPLOYMENTS[name](Site(running, authority, tmp_path)) as words:
        status, lines = doctor(capsys, *words)
    command = " ".join(("$ onceproof doctor", *words))
    said = mask("\n".join([command, *lines, f"exit status {status}", ""]))
    assert said == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_each_golden_text_has_its_deployment() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(DEPLOYMENTS)


def test_a_start_warns_of_the_stack_too(
    running: Session, authority: Authority, tmp_path: Path
) -> None:
    said: list[str] = []
    with evict_keys(Site(running, authority, tmp_path)) as words:
        options = Options(urls=(words[1],), redis_uri=words[3], run_dir=tmp_path / "run")
        with Session(options, said.append):
            pass
    evicts = "Redis: it evicts keys when it is full (allkeys-lru), and with them events of streams"
    assert any(line.startswith(evicts) for line in said), said
