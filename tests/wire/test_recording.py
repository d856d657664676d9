"""What requests and their answers mean to the history, whoever sends them."""

from typing import Any

import httpx
import pytest

from onceproof.conformance.wire.operations import Operations
from onceproof.conformance.wire.recording import Observer
from tests.wire.log import Log

ID = "0b7e7a52-0000-4000-8000-00000000000a"
URLS = ("http://a", "http://b")


def send(
    log: Log,
    method: str,
    path: str,
    body: Any = None,
    status: int = 200,
    content: Any = None,
    urls: tuple[str, ...] = URLS,
) -> None:
    answer = httpx.Response(status, json=content, request=httpx.Request(method, f"http://a{path}"))
    with Observer(Operations(log), urls, {}).watch(method, path, {"json": body}) as seen:
        seen.append(answer)


@pytest.mark.parametrize(
    ("subject", "path", "name"),
    [("thread", "/threads", "thread_id"), ("assistant", "/assistants", "assistant_id")],
)
def test_a_creation_by_id_is_recorded(log: Log, subject: str, path: str, name: str) -> None:
    content = {"created_at": "2026-01-02T04:04:05+01:00"}
    send(log, "POST", path, {name: ID.upper(), "if_exists": "do_nothing"}, content=content)
    send(log, "POST", path, {name: ID}, status=409)
    asked, made, again, refused = log.records(None, f"{subject}.create")
    assert (asked.value, again.value) == ({"arg": "do_nothing"}, {"arg": "raise"})
    assert made.value == {"result": "2026-01-02T03:04:05+00:00"}
    assert (refused.kind, (refused.http or {})["status"]) == ("fail", 409)
    assert len({each.key for each in (asked, made, again, refused)}) == 1


def test_a_deletion_is_about_the_same_id_on_this_deployment_alone(log: Log) -> None:
    send(log, "POST", "/threads", {"thread_id": ID}, content={})
    send(log, "DELETE", f"/threads/{ID}", status=204, urls=URLS[::-1])
    send(log, "DELETE", f"/threads/{ID}", status=204, urls=("http://c",))
    made, deleted, elsewhere = log.records("ok")
    assert made.key == deleted.key != elsewhere.key


def test_a_thread_that_expires_says_so(log: Log) -> None:
    send(log, "POST", "/threads", {"thread_id": ID, "ttl": 5}, content={})
    assert log.records("invoke")[0].value == {"arg": "raise", "expires": True}


def test_a_creation_without_an_id_is_none(log: Log) -> None:
    send(log, "POST", "/threads", {"metadata": {}}, content={})
    send(log, "POST", "/threads", [1], status=422)
    assert log.records() == []


THREAD = "http://127.0.0.1/threads/01a20499-1c9f-70d1-a46b-b05de05a47d8"
ENTRY = {"checkpoint": {"checkpoint_id": "c", "checkpoint_ns": ""}, "metadata": {}}


def record_request(log: Log, request: httpx.Request) -> dict[str, Any]:
    """Return what is recorded of `request` when a list of one entry answers it."""
    entry = ENTRY if request.method == "POST" else {"run_id": "r"}
    observer = Observer(Operations(log), URLS, {})
    with observer.watch(request.method, request.url.path, {}) as answers:
        answers.append(httpx.Response(200, json=[entry], request=request))
    return log.records("ok")[-1].value


@pytest.mark.parametrize(
    ("asked", "whole"),
    [({"limit": 2}, True), ({"limit": 1}, False), ({}, False), ({"limit": 2, "before": 1}, False)],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_list_is_whole_only_below_the_limit_that_was_asked_for(
    log: Log, method: str, asked: dict[str, int], whole: bool
) -> None:
    history = httpx.Request("POST", f"{THREAD}/history", json=asked)
    runs = httpx.Request("GET", f"{THREAD}/runs", params=asked)
    request = history if method == "POST" else runs
    assert record_request(log, request)["whole"] is whole
