"""What an answer is taken for: a list is whole only if its asker told how long it may be."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from wire_log import Log

from conformance.wire.observing import Observer
from conformance.wire.operations import Operations

THREAD = "http://127.0.0.1/threads/01a20499-1c9f-70d1-a46b-b05de05a47d8"
ENTRY = {"checkpoint": {"checkpoint_id": "c", "checkpoint_ns": ""}, "metadata": {}}


def noted(log: Log, request: httpx.Request) -> dict[str, Any]:
    """What is recorded of `request` when a list of one entry answers it."""
    entry = ENTRY if request.method == "POST" else {"run_id": "r"}
    observer = Observer(Operations(log), "scope")
    with observer.watch(request.method, request.url.path, {}) as answers:
        answers.append(httpx.Response(200, json=[entry], request=request))
    return log.records("ok")[-1].value


@pytest.mark.parametrize(
    ("asked", "whole"),
    [({"limit": 2}, True), ({"limit": 1}, False), ({}, False), ({"limit": 2, "before": 1}, False)],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_list_is_whole_only_below_the_limit_that_was_asked_for(
    tmp_path: Path, method: str, asked: dict[str, int], whole: bool
):
    history = httpx.Request("POST", f"{THREAD}/history", json=asked)
    runs = httpx.Request("GET", f"{THREAD}/runs", params=asked)
    request = history if method == "POST" else runs
    with Log(tmp_path / "history.jsonl") as log:
        assert noted(log, request)["whole"] is whole
