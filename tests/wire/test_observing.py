"""Creations and deletions by id feed the history, whoever sends them."""

from typing import Any

import httpx
import pytest
from wire_log import Log

from conformance.wire.observing import Observer
from conformance.wire.operations import Operations

ID = "0b7e7a52-0000-4000-8000-00000000000a"
URLS = ("http://a", "http://b")


def send(
    log: Log,
    method: str,
    path: str,
    body: Any = None,
    status: int = 200,
    told: Any = None,
    urls: tuple[str, ...] = URLS,
) -> None:
    answer = httpx.Response(status, json=told, request=httpx.Request(method, f"http://a{path}"))
    with Observer(Operations(log), urls, {}).watch(method, path, {"json": body}) as seen:
        seen.append(answer)


@pytest.mark.parametrize(
    ("subject", "path", "name"),
    [("thread", "/threads", "thread_id"), ("assistant", "/assistants", "assistant_id")],
)
def test_a_creation_by_id_is_recorded(log: Log, subject: str, path: str, name: str) -> None:
    told = {"created_at": "2026-01-02T04:04:05+01:00"}
    send(log, "POST", path, {name: ID.upper(), "if_exists": "do_nothing"}, told=told)
    send(log, "POST", path, {name: ID}, status=409)
    asked, made, again, refused = log.records(None, f"{subject}.create")
    assert (asked.value, again.value) == ({"arg": "do_nothing"}, {"arg": "raise"})
    assert made.value == {"result": "2026-01-02T03:04:05+00:00"}
    assert (refused.kind, (refused.http or {})["status"]) == ("fail", 409)
    assert len({each.key for each in (asked, made, again, refused)}) == 1


def test_a_deletion_is_about_the_same_id_on_this_deployment_alone(log: Log) -> None:
    send(log, "POST", "/threads", {"thread_id": ID}, told={})
    send(log, "DELETE", f"/threads/{ID}", status=204, urls=URLS[::-1])
    send(log, "DELETE", f"/threads/{ID}", status=204, urls=("http://c",))
    made, deleted, elsewhere = log.records("ok")
    assert made.key == deleted.key != elsewhere.key


def test_a_thread_that_expires_says_so(log: Log) -> None:
    send(log, "POST", "/threads", {"thread_id": ID, "ttl": 5}, told={})
    assert log.records("invoke")[0].value == {"arg": "raise", "expires": True}


def test_a_creation_without_an_id_is_none(log: Log) -> None:
    send(log, "POST", "/threads", {"metadata": {}}, told={})
    send(log, "POST", "/threads", [1], status=422)
    assert log.records() == []
