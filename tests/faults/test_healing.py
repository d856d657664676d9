"""Faults: each is healed, whatever became of the process in between, and says what it may cost."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

import onceproof.conformance.faults.dependencies as dependencies
from onceproof.conformance.checks.views.windows import Windows
from onceproof.conformance.faults import (
    cut_redis_listeners,
    flush_redis,
    kill_all,
    kill_service,
    restart_postgres,
    restart_redis,
    revive,
    stop_replica,
)
from onceproof.conformance.history import Recorder, read
from onceproof.conformance.targets import Replica


class Processes:
    """Levers over processes that end when they are asked to."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.down: set[str] = set()

    def kill(self, name: str) -> None:
        self.calls.append(("kill", name))
        self.down.add(name)

    def terminate(self, name: str, wait_s: float) -> int | None:
        self.calls.append(("terminate", name))
        self.down.add(name)
        return 0

    def start(self, name: str) -> None:
        self.calls.append(("start", name))
        self.down.discard(name)

    def alive(self, name: str) -> bool:
        return name not in self.down

    def pause(self, name: str) -> None:
        raise AssertionError("nothing is paused here")

    resume = pause

    def log(self, name: str) -> str:
        return ""

    def owner(self, pid: int | None, host: str | None) -> str | None:
        return None

    def pids(self, name: str) -> list[int]:
        return []


class Stubborn(Processes):
    """One that only SIGKILL ends."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = Event()

    def kill(self, name: str) -> None:
        super().kill(name)
        self.ended.set()

    def terminate(self, name: str, wait_s: float) -> int | None:
        self.calls.append(("terminate", name))
        return -9 if self.ended.wait(wait_s) else None


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Any]:
    with Recorder(tmp_path / "history.jsonl") as history:
        target = SimpleNamespace(levers=None, replicas=[Replica("worker-1", "all", "http://one")])
        yield SimpleNamespace(
            history=history, recovery_ms=1000, target=target, away=set(), outages=0
        )


def phases(session: Any) -> list[tuple[str, str]]:
    session.history.flush()
    return [(record.op, record.value["phase"]) for record in read(session.history.path)]


def test_clients_pass_over_what_is_killed_until_it_is_back(session: Any) -> None:
    levers = session.target.levers = Processes()
    with kill_all(session, levers, ["worker-1"], ["n"]):
        assert session.away == {"http://one"}
    assert session.away == set()
    with kill_all(session, Processes(), ["worker-1"], ["n"]):
        assert session.away == set(), "another deployment's replica of the same name"


def test_a_healed_fault_brings_back_its_own_replica_and_no_other(session: Any) -> None:
    levers = session.target.levers = Processes()
    session.target.replicas.append(Replica("worker-2", "all", "http://two"))
    with kill_all(session, levers, ["worker-1"], ["n"]):
        with kill_all(session, levers, ["worker-2"], ["n"]):
            assert session.away == {"http://one", "http://two"}
        assert session.away == {"http://one"}


def test_a_process_that_ends_in_order_is_started_again(session: Any) -> None:
    levers = Processes()
    with stop_replica(session, levers, "worker-1", ["n"], wait_s=1) as ending:
        assert ending.result() == 0
    assert levers.calls == [("terminate", "worker-1"), ("start", "worker-1")]
    assert phases(session) == [("process-stopped", "inject"), ("process-stopped", "heal")]


def test_one_that_has_come_back_meanwhile_is_left_alone(session: Any) -> None:
    levers = Processes()
    with stop_replica(session, levers, "worker-1", ["n"], wait_s=1) as ending:
        ending.result()
        revive(levers, ["worker-1"])
    assert levers.calls == [("terminate", "worker-1"), ("start", "worker-1")]


def test_one_that_does_not_end_is_killed_when_the_block_is_left(session: Any) -> None:
    levers = Stubborn()
    with stop_replica(session, levers, "worker-1", ["n"], wait_s=9) as ending:
        pass
    assert ending.result() == -9
    assert [call for call, _ in levers.calls] == ["terminate", "kill", "start"]


def test_one_that_was_waited_for_in_vain_is_killed_and_started_again(session: Any) -> None:
    levers = Stubborn()
    with stop_replica(session, levers, "worker-1", ["n"], wait_s=0.05) as ending:
        assert ending.result() is None
    assert [call for call, _ in levers.calls] == ["terminate", "kill", "start"]


def test_all_that_were_killed_are_started_again_though_the_block_fails(session: Any) -> None:
    levers = Processes()

    def fail() -> None:
        with kill_all(session, levers, ["a", "b"], ["n"]):
            assert levers.down == {"a", "b"}
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert levers.down == set()
    assert phases(session) == [("process-killed", "inject"), ("process-killed", "heal")]


class Services:
    """Levers over dependencies that are nowhere, and a Redis client that does nothing."""

    kind = "embedded"
    redis_uri = "redis://nowhere"

    def levers(self) -> "Services":
        return self

    def offers(self, what: str) -> bool:
        return True

    def __getattr__(self, name: str) -> Any:
        return lambda *given, **named: None

    def __enter__(self) -> "Services":
        return self

    def __exit__(self, *exc: object) -> None:
        return None


OUTAGES = ("restarted", "killed", "postgres", "postgres-killed")
LOSSES = {
    "flushed": (flush_redis, True),
    "restarted": (restart_redis, True),
    "killed": (lambda session: kill_service(session, "redis"), True),
    "listeners": (cut_redis_listeners, False),
    "postgres": (restart_postgres, False),
    "postgres-killed": (lambda session: kill_service(session, "postgres"), False),
}


@pytest.mark.parametrize(("inject", "loses"), LOSSES.values(), ids=LOSSES)
def test_a_redis_that_comes_back_empty_excuses_gaps_and_nothing_else_does(
    session: Any, monkeypatch: pytest.MonkeyPatch, inject: Any, loses: bool
) -> None:
    session.stack = Services()
    monkeypatch.setattr(dependencies.redis.Redis, "from_url", lambda *_, **__: Services())
    with inject(session):
        pass
    session.history.flush()
    records = list(read(session.history.path))
    span = records[0].t, records[-1].t
    assert Windows(records).cover("n", *span)
    assert Windows(records, only="loses_streams").cover("n", *span) is loses


@pytest.mark.parametrize("name", LOSSES)
def test_an_outage_of_what_all_deployments_share_is_counted(
    session: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    session.stack = Services()
    monkeypatch.setattr(dependencies.redis.Redis, "from_url", lambda *_, **__: Services())
    with LOSSES[name][0](session):
        assert session.outages == (name in OUTAGES)
