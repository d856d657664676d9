"""An agent that calls tools: its messages and tool calls have the same ids wherever they show."""

from collections.abc import Iterable
from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.gates import count_steps
from onceproof.conformance.suite.kit.reads import read_state, read_thread_values
from onceproof.conformance.suite.kit.streams import payloads, stream_run
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

WORDS = "weigh some tea"
BODY: dict[str, Any] = {"stream_mode": ["messages-tuple", "values"]}

Message = dict[str, Any]


def ask() -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": WORDS}]}


def ids_of(messages: Iterable[Message]) -> list[str]:
    return [message["id"] for message in messages]


def calls_of(messages: Iterable[Message]) -> list[str]:
    """Return the ids of the tool calls in messages or in their chunks."""
    return [call["id"] for each in messages for call in each.get("tool_calls") or [] if call["id"]]


def streamed_ids(chunks: Iterable[Message]) -> list[str]:
    """Return the ids of streamed messages, in the order of their first chunks."""
    return list(dict.fromkeys(chunk["id"] for chunk in chunks))


@requirement("STR-33")
async def test_messages_and_tool_calls_have_the_same_ids_everywhere(runs: Runs, api: Api) -> None:
    handle, events = await stream_run(runs, "tools", ask(), **BODY)
    last: list[Message] = payloads(events, "values")[-1]["messages"]
    chunks = [chunk for chunk, _ in payloads(events, "messages")]
    same("ids that are used twice", len(ids_of(last)) - len(set(ids_of(last))), 0)
    same("ids of streamed messages", streamed_ids(chunks), ids_of(last[1:]))
    same("ids of streamed tool calls", list(dict.fromkeys(calls_of(chunks))), calls_of(last))
    shown = {
        "the state": (await read_state(api, handle.thread_id or ""))["values"],
        "join": await runs.join(handle),
        "the thread": await read_thread_values(api, handle.thread_id or ""),
    }
    for where, values in shown.items():
        messages = values["messages"]
        same(f"ids of messages in {where}", ids_of(messages), ids_of(last))
        same(f"ids of tool calls in {where}", calls_of(messages), calls_of(last))


@requirement("STR-33")
async def test_each_tool_call_is_executed_and_answered_once(runs: Runs, session: Session) -> None:
    handle, values = await runs.wait(await runs.new_thread(), "tools", ask())
    answers = [each["tool_call_id"] for each in values["messages"] if each["type"] == "tool"]
    same("tool calls that were answered", sorted(answers), sorted(calls_of(values["messages"])))
    words = range(len(WORDS.split()))
    same("executions of the tool", count_steps(session, handle.nonce), dict.fromkeys(words, 1))


@requirement("STR-33")
async def test_earlier_messages_keep_their_ids(runs: Runs) -> None:
    thread_id = await runs.new_thread()
    _, first = await runs.wait(thread_id, "tools", ask())
    _, events = await stream_run(runs, "tools", ask(), thread_id, **BODY)
    before, after = ids_of(first["messages"]), ids_of(payloads(events, "values")[-1]["messages"])
    same("ids of the earlier messages", after[: len(before)], before)
    same("number of messages", len(after), 2 * len(before))
    same("ids that are used twice", len(after) - len(set(after)), 0)
