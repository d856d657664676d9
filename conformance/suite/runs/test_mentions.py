"""State that only mentions what the server uses as a marker is state like any other."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import read_thread
from onceproof.conformance.suite.kit.streams import event_names, payloads, stream_run
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

MENTIONS: dict[str, Any] = {
    "a text": 'see "__interrupt__" and "__error__" in the docs',
    "an empty list": {"__interrupt__": []},
    "what looks like an interrupt": {"__interrupt__": [{"id": "0" * 32, "value": "go on?"}]},
    "what looks like an error": {"__error__": {"error": "ValueError", "message": "no"}},
}

mentions = pytest.mark.parametrize("text", MENTIONS.values(), ids=MENTIONS)


def expect_plain(what: str, values: dict[str, Any], text: Any) -> None:
    """Expect values with this text, and none of the server's own keys."""
    __tracebackhide__ = True
    same(f"text in {what}", values.get("text"), text)
    same(f"keys of the server's own in {what}", {"__interrupt__", "__error__"} & set(values), set())


@requirement("RUN-14", "RUN-18")
@mentions
async def test_wait_and_join_answer_values_that_mention_a_marker(
    runs: Runs, api: Api, text: Any
) -> None:
    thread_id = await runs.new_thread()
    handle, values = await runs.wait(thread_id, "echo", {"text": text})
    expect_plain("the answer of wait", values, text)
    expect_plain("the answer of join", await runs.join(handle), text)
    thread = await read_thread(api, thread_id)
    shown = (await runs.status(handle), thread["status"], thread.get("interrupts") or {})
    same("run, thread and its open questions", shown, ("success", "idle", {}))


@requirement("STR-04", "STR-05")
@mentions
async def test_streams_show_values_that_mention_a_marker(runs: Runs, text: Any) -> None:
    handle, events = await stream_run(
        runs, "echo", {"text": text}, stream_mode=["values", "updates"]
    )
    expect_plain("the last values", payloads(events, "values")[-1], text)
    same(
        "nodes in updates", [key for each in payloads(events, "updates") for key in each], ["echo"]
    )
    same("errors", event_names(events).count("error"), 0)
    same("status", await runs.until_terminal(handle), "success")
