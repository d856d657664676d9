"""What is left on a server after a test: open runs, runs that end twice, stuck threads."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from onceproof.conformance.app.remains import Remains

NOW = datetime.now(UTC)
BEFORE = NOW - timedelta(minutes=1)

Show = Callable[..., None]


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch) -> Show:
    """Let the server show threads, each with one run: their statuses, and when they were made."""
    shown: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/threads/search":
            return httpx.Response(200, json=shown)
        thread = next(each for each in shown if each["thread_id"] in request.url.path)
        return httpx.Response(200, json=[thread["run"]] if thread["run"] else [])

    def put(name: str, thread: str, run: str, made: datetime = NOW) -> None:
        shown[:] = [each for each in shown if each["thread_id"] != name]
        run_document = {"run_id": f"run-{name}", "status": run, "created_at": made.isoformat()}
        shown.append(
            {
                "thread_id": name,
                "status": thread,
                "updated_at": NOW.isoformat(),
                "run": run_document if run else None,
            }
        )

    transport = httpx.MockTransport(answer)
    monkeypatch.setattr(httpx, "Client", partial(httpx.Client, transport=transport))
    return put


def inspect(remains: Remains) -> list[str]:
    return [str(fault) for fault in remains.inspect(BEFORE, 0)]


def test_threads_at_rest_are_well(show: Show) -> None:
    show("t1", "idle", "success")
    show("t2", "error", "error")
    assert inspect(Remains("http://h")) == []


def test_a_run_that_is_under_way_is_open(show: Show) -> None:
    show("t1", "busy", "running")
    assert inspect(Remains("http://h")) == ["run run-t1: it is still running after 0 s"]


def test_a_run_of_an_earlier_test_is_not_this_one_s(show: Show) -> None:
    show("t1", "idle", "running", BEFORE - timedelta(seconds=1))
    assert inspect(Remains("http://h")) == []


def test_a_thread_that_is_busy_with_nothing_is_stuck(show: Show) -> None:
    show("t1", "busy", "success")
    assert inspect(Remains("http://h")) == ["thread t1 is busy, but none of its runs is under way"]


def test_a_run_ends_once(show: Show) -> None:
    remains = Remains("http://h")
    show("t1", "idle", "success")
    assert inspect(remains) == []
    show("t1", "error", "error")
    assert inspect(remains) == [
        "run run-t1: it had ended as success, and is error now: a run ends once"
    ]
