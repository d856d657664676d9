"""Starts in turn, and ends of what is being started or stopped when Ctrl-C comes."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import httpx
import psutil
import pytest

from onceproof.conformance import stopping
from onceproof.conformance.errors import Interrupted, TargetError
from onceproof.conformance.stopping import stop_request
from onceproof.conformance.targets import CommandTarget
from onceproof.conformance.targets.base import ReplicaCounts

Make = Callable[..., CommandTarget]


def test_in_turn_each_begins_when_the_one_before_it_serves(make: Make, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    target = make(f"--port {{port}} --journal {journal}", counts=ReplicaCounts(3), in_turn=True)
    target.start()
    assert journal.read_text().split() == ["begins", "serves"] * 3


def test_one_that_does_not_start_in_turn_leaves_no_process(make: Make) -> None:
    target = make("--port {port} --exit 3", counts=ReplicaCounts(2), in_turn=True)
    with pytest.raises(TargetError, match="'all-1' exited with status 3"):
        target.start()
    assert target.levers is not None
    with pytest.raises(TargetError):
        target.levers.alive("all-1")


def test_what_only_one_replica_is_told_is_filled_in_for_it(make: Make) -> None:
    def env_of(name: str) -> dict[str, str]:
        return {"DATABASE_URI": f"postgresql://proxy/{name}"}

    env = {"DATABASE_URL": "{database_uri}"}
    stack = SimpleNamespace(kind="external", database_uri="postgresql://h/d", redis_uri="redis://h")
    target = make(counts=ReplicaCounts(2), stack=stack, env=env, env_of=env_of)
    target.start()
    for replica in target.replicas:
        environ = httpx.get(f"{replica.url}/environ").json()
        assert (
            environ["DATABASE_URL"]
            == environ["DATABASE_URI"]
            == f"postgresql://proxy/{replica.name}"
        )


def test_after_an_interruption_stop_does_not_wait_for_what_does_not_listen(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "HURRIED_S", 0.2)
    target = make("--port {port} --deaf", stop_s=3600)
    before = set(psutil.Process().children())
    target.start()
    started = set(psutil.Process().children()) - before
    stop_request.note()
    try:
        target.stop()
    finally:
        stop_request.forget()
    assert started
    assert not [process for process in started if process.is_running()]


def test_after_an_interruption_nobody_waits_for_a_start(make: Make) -> None:
    target = make("--port {port} --health /elsewhere", start_s=3600)
    stop_request.note()
    try:
        with pytest.raises(Interrupted):
            target.start()
    finally:
        stop_request.forget()
