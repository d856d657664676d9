"""Of answers and events ids, names and digests are kept, and no content."""

import json
from typing import Any

import pytest

from onceproof.conformance.field.events import Texts, describe_event
from onceproof.conformance.field.extract import digest_keys, list_messages, list_questions
from onceproof.conformance.wire.sse import SseEvent


def event(name: str, data: Any, id: str | None = "7") -> SseEvent:
    content = data if isinstance(data, bytes) else json.dumps(data).encode()
    return SseEvent(name, content, id, len(content), 0)


def test_no_content_is_kept() -> None:
    secret = "what the user said"
    message = {"type": "human", "id": "m", "content": secret}
    values = {"messages": [message], "answer": secret, "__interrupt__": [{"value": secret}]}
    kept = [describe_event(event("values", values)), list_messages(values)]
    kept += [describe_event(event("updates", {"node": values})), digest_keys(values)]
    assert secret not in json.dumps(kept)


def test_a_set_has_no_order_and_a_list_of_objects_has() -> None:
    one = digest_keys({"tags": ["a", "b"], "log": [{"n": 1}, {"n": 2}]})
    two = digest_keys({"tags": ["b", "a"], "log": [{"n": 2}, {"n": 1}]})
    assert one is not None
    assert two is not None
    assert one["tags"][0] != two["tags"][0]
    assert one["tags"][1] == two["tags"][1]
    assert one["log"][1] != two["log"][1]


def test_an_answer_that_is_no_object_has_no_keys() -> None:
    assert digest_keys(["a"]) is None


@pytest.mark.parametrize(
    "interrupts",
    [
        [{"id": "q1", "value": 1}, {"id": "q2", "value": 2}],
        {"task": [{"id": "q1", "value": 1}], "other": [{"interrupt_id": "q2", "value": 2}]},
        [[{"id": "q2", "value": 1}], [], [{"id": "q1", "value": 1}]],
    ],
)
def test_questions_are_found_wherever_they_stand(interrupts: Any) -> None:
    assert list_questions(interrupts) == ["q1", "q2"]


def test_checkpoints_and_tasks_are_described() -> None:
    checkpoint = {
        "checkpoint": {"checkpoint_id": "c1"},
        "metadata": {"step": 2, "source": "loop", "run_id": "r"},
    }
    described = describe_event(event("checkpoints", checkpoint))
    assert described.items() >= {"checkpoint": "c1", "step": 2, "source": "loop"}.items()
    started = describe_event(event("tasks|inner:1", {"id": "t", "name": "n", "input": {}}))
    assert (started["phase"], started["ns"]) == ("start", "inner:1")
    ended = describe_event(event("tasks", {"id": "t", "name": "n", "result": {}}))
    assert ended["phase"] == "end"


def test_removals_are_seen_in_updates() -> None:
    removed = {"type": "remove", "id": "m1", "content": ""}
    assert describe_event(event("updates", {"n": {"messages": [removed]}}))["removes"] == ["m1"]


def test_data_that_is_no_json_is_a_problem() -> None:
    assert "no JSON" in describe_event(event("values", b"{"))["problems"][0]


@pytest.mark.parametrize("data", [None, 7, "a", [], [None], {"checkpoint": 3, "metadata": []}])
@pytest.mark.parametrize("name", ["values", "updates", "checkpoints", "tasks", "messages"])
def test_odd_data_breaks_nothing(name: str, data: Any) -> None:
    assert describe_event(event(name, data))["name"] == name


def test_chunks_add_up_to_the_text_of_their_message() -> None:
    texts = Texts()
    for word in ("Hello", " world"):
        texts.take(event("messages", [{"type": "AIMessageChunk", "id": "m", "content": word}, {}]))
    texts.take(event("messages", [{"type": "ai", "id": "whole", "content": "x"}, {}]))
    stored = list_messages({"messages": [{"type": "ai", "id": "m", "content": "Hello world"}]})
    assert texts.digest(whole=False) == {"m": stored["messages"][0]["text"]}
    assert list(texts.digest(whole=True)) == ["whole"]
