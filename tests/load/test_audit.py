"""One process' users and audit, without Locust: what a server does wrong is named by its run."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance.history import Record, read
from onceproof.load import audit as auditing
from onceproof.load.account import Account
from onceproof.load.agent import RUNS_PER_THREAD, Agent
from onceproof.load.audit import audit
from onceproof.load.recorder import History
from onceproof.load.session import Session
from onceproof.load.streaming import Follower, stream
from tests.wire.stand_in import StandIn

Report = list[dict[str, Any]]


@pytest.fixture
def session(url: str, tmp_path: Path) -> Session:
    return Session((url,), None, History(tmp_path / "history.jsonl"))


@pytest.fixture
def report() -> Report:
    return []


@pytest.fixture
def agent(session: Session, report: Report) -> Iterator[Agent]:
    agent = Agent(session, lambda **fields: report.append(fields))
    yield agent
    agent.close()


def failures(report: Report) -> list[str]:
    return [str(each["exception"]) for each in report if each["exception"]]


def records(session: Session, kind: str, op: str) -> list[Record]:
    return [r for r in read(session.history.path) if (r.kind, r.op) == (kind, op)]


def test_sane_runs_are_accounted_for_and_cleaned_up(
    agent: Agent, session: Session, state: StandIn, report: Report
):
    for _ in range(3):
        agent.background()
        agent.wait()
        stream(agent)
    account = audit(session)
    assert account == Account(accepted=9)
    assert failures(report) == []
    assert {each["name"] for each in report} >= {
        "create run",
        "join run",
        "wait for run",
        "stream run",
        "first event",
    }
    assert state.threads == {}


def test_a_thread_is_the_ledger_of_some_runs(agent: Agent, session: Session):
    for _ in range(RUNS_PER_THREAD + 1):
        agent.background()
    assert [len(runs) for runs in session.ledger.values()] == [RUNS_PER_THREAD, 1]
    assert audit(session).accepted == RUNS_PER_THREAD + 1
    snaps = records(session, "snap", "final")
    assert {len(snap.value["log"]) for snap in snaps} == {1}
    assert {snap.value["thread_status"] for snap in snaps} == {"idle"}


@pytest.mark.parametrize("use", [Agent.background, Agent.wait], ids=["background", "wait"])
def test_a_lost_run_is_named(
    agent: Agent, session: Session, state: StandIn, use: Callable[[Agent], None]
):
    state.forget = {2}
    for _ in range(3):
        agent.background()
    account = audit(session)
    created = records(session, "ok", "run.create")
    assert account.lost == [created[1].key]
    assert account.run_ids == {created[1].key: created[1].value["run_id"]}
    assert (account.accepted, account.lost_count, account.duplicated) == (3, 1, [])


def test_a_duplicated_run_is_named(agent: Agent, session: Session, state: StandIn):
    state.repeat = {3}
    for _ in range(2):
        agent.background()
        agent.wait()
    account = audit(session)
    created = records(session, "ok", "run.create")
    assert account.duplicated == [created[2].key]
    assert (account.duplicated_count, account.lost_count) == (1, 0)


def test_a_run_that_does_not_end_is_unfinished(
    agent: Agent, session: Session, state: StandIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(auditing, "DRAIN_S", 0.3)
    order = agent.order("create", "load_echo", {"sleep_ms": 60_000})
    agent.submit(order)
    account = audit(session)
    assert account.unfinished == [order.submission.nonce]
    assert (account.accepted, account.lost_count, account.findings_count) == (1, 0, 1)


def test_a_create_that_was_never_answered_is_looked_up(
    agent: Agent, session: Session, report: Report
):
    first = agent.order("create", "load_echo", {"defect": "lost-ack"})
    assert agent.submit(first) is None
    second = agent.order("create", "load_echo", {})
    agent.submit(second)
    assert audit(session).accepted == 2
    assert first.thread_id != second.thread_id
    assert first.submission.run_id is not None
    [mark] = records(session, "mark", "info-create-recovered")
    assert mark.value["nonce"] == first.submission.nonce
    invokes = records(session, "invoke", "run.create")
    assert invokes[0].who != invokes[1].who
    assert len(failures(report)) == 1


def test_a_server_error_leaves_the_outcome_open(agent: Agent, session: Session, report: Report):
    agent.submit(agent.order("create", "load_echo", {"defect": "error-500"}))
    assert failures(report) == ["500 internal error"]
    account = audit(session)
    assert (account.accepted, account.findings) == (0, [])
    assert account.undecided["lost"] == "no run was accepted"
    assert len(records(session, "info", "run.create")) == 1


def test_a_refused_run_is_no_run(agent: Agent, session: Session, report: Report):
    agent.submit(agent.order("create", "load_echo", {}, if_not_exists="reject"))
    assert failures(report) == ["404 thread … not found"]
    assert audit(session).accepted == 0
    assert len(records(session, "fail", "run.create")) == 1


def test_a_missing_event_fails_the_stream(
    agent: Agent, session: Session, state: StandIn, report: Report
):
    state.skip_event = {1}
    order = agent.order("stream", "ticks", {"total": 20}, stream_resumable=True)
    Follower(agent, order).start()
    assert failures(report) == ["got event 11, but should be 10"]
    account = audit(session)
    assert account.findings_count == 1
    assert "seq 10 never arrived" in account.findings[0]


def test_a_cut_stream_is_resumed_after_its_last_event(
    agent: Agent, session: Session, report: Report
):
    order = agent.order("stream", "ticks", {"total": 20}, stream_resumable=True)
    follower = Follower(agent, order)
    follower.cut_at = 7
    follower.start()
    assert (follower.ended, follower.expected) == ("cut", 7)
    follower.resume()
    assert (follower.ended, follower.expected) == ("eof", 20)
    assert failures(report) == []
    assert audit(session).findings == []
    assert [r.value["reason"] for r in records(session, "mark", "sub.close")] == ["cut", "eof"]
    assert [r.value["after"] for r in records(session, "ok", "sub.open")] == [None, "8-0"]
    seqs = [r.value.get("seq") for r in records(session, "event", "sub.event")]
    assert [seq for seq in seqs if seq is not None] == [*range(20)]


def test_a_stopped_user_leaves_an_open_outcome(
    agent: Agent, session: Session, monkeypatch: pytest.MonkeyPatch
):
    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("onceproof.load.connection.Connection.more", stop)
    with pytest.raises(KeyboardInterrupt):
        agent.background()
    monkeypatch.undo()
    account = audit(session)
    assert (account.accepted, account.findings) == (1, [])
    assert len(records(session, "info", "run.create")) == 1


def test_a_dead_server_leaves_nothing_to_account_for(
    tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(auditing, "LOOKUP_S", 0.2)
    session = Session(("http://127.0.0.1:9",), None, History(tmp_path / "history.jsonl"))
    agent = Agent(session, lambda **fields: report.append(fields))
    agent.background()
    assert "refused" in failures(report)[0]
    account = audit(session)
    assert (account.accepted, account.left_behind, account.findings) == (0, 0, [])


def test_the_history_goes_when_nobody_asked_for_it(url: str, tmp_path: Path):
    session = Session((url,), None, History(None))
    Agent(session, lambda **fields: None).background()
    assert session.history.path.exists()
    assert audit(session).accepted == 1
    assert not session.history.path.parent.exists()
