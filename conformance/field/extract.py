"""What an observation keeps of an answer: ids, names, statuses and digests, never content.

What a graph says is its owner's business. A digest is enough to see whether two views agree; each
is kept twice, of the value as it is and of one whose lists of plain values are sorted, since a set
has no order (see the oracle `one_answer`).
"""

import json
from collections.abc import Iterator
from typing import Any

from onceproof.conformance.history.values import Json
from onceproof.conformance.wire.sanitise import digest, fields, text

#: What tells a message from any other object with a type.
MESSAGE_TYPES = frozenset({"human", "ai", "tool", "system", "function", "chat", "remove"})
RUN_STATUSES = frozenset({"pending", "running", "error", "success", "timeout", "interrupted"})


def digest_keys(values: Any) -> dict[str, list[str]] | None:
    """Return two digests of each key, with and without the order of sets; None for no object."""
    if not isinstance(values, dict):
        return None
    # Names in double underscores belong to the server, as `__interrupt__` does.
    own = {name: each for name, each in values.items() if not name.startswith("__")}
    return {name: [digest(each), digest(_sort_plain(each))] for name, each in own.items()}


def _sort_plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sort_plain(each) for name, each in value.items()}
    if not isinstance(value, list):
        return value
    if any(isinstance(each, dict | list) for each in value):
        return [_sort_plain(each) for each in value]
    return sorted(value, key=json.dumps)


def list_questions(interrupts: Any) -> list[str]:
    """List the ids of interrupts, wherever they stand in lists and objects of lists."""
    if isinstance(interrupts, dict) and not {"id", "interrupt_id", "value"} & interrupts.keys():
        return sorted({name for each in interrupts.values() for name in list_questions(each)})
    if isinstance(interrupts, list):
        return sorted({name for each in interrupts for name in list_questions(each)})
    shown = fields(interrupts)
    if not shown:
        return []
    named = shown.get("id") or shown.get("interrupt_id")
    return [text(named) or digest(shown.get("value"))]


def list_messages(values: Any) -> dict[str, list[Json]]:
    """List the messages in each channel of a state that holds nothing else."""
    channels: dict[str, list[Json]] = {}
    for name, value in fields(values).items():
        if isinstance(value, list) and value and all(map(is_message, value)):
            channels[name] = [describe_message(each) for each in value]
    return channels


def is_message(value: Any) -> bool:
    """Return whether this has the form of a message."""
    return isinstance(value, dict) and value.get("type") in MESSAGE_TYPES and "content" in value


def describe_message(message: Json) -> Json:
    """Return what is kept of a message."""
    described: Json = {
        "id": text(message.get("id")),
        "type": message["type"],
        "text": digest(read_text(message)),
    }
    calls = [text(fields(call).get("id")) for call in message.get("tool_calls") or ()]
    if calls:
        described["calls"] = calls
    if message.get("tool_call_id"):
        described["answers"] = text(message["tool_call_id"])
    return described


def read_text(message: Json) -> str:
    """Return the text of a message, that of its blocks together."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    blocks = content if isinstance(content, list) else []
    return "".join(each if isinstance(each, str) else _block(each) for each in blocks)


def _block(block: Any) -> str:
    words = fields(block).get("text")
    return words if isinstance(words, str) else ""


def list_removals(value: Any) -> list[str]:
    """List the ids of messages that an update removes."""
    return sorted(set(_walk_removals(value)))


def _walk_removals(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value.get("type") == "remove" and "content" in value:
            yield str(value.get("id"))
        for each in value.values():
            yield from _walk_removals(each)
    elif isinstance(value, list):
        for each in value:
            yield from _walk_removals(each)
