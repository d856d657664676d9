"""What is kept of one event of a stream, by its mode."""

from collections.abc import Callable
from typing import Any

from onceproof.conformance.field.extract import (
    digest_keys,
    list_questions,
    list_removals,
    read_text,
)
from onceproof.conformance.history.values import Json
from onceproof.conformance.wire.sanitise import digest, fields, number, text
from onceproof.conformance.wire.sse import SseEvent

ASKED = "__interrupt__"


def describe_event(event: SseEvent) -> Json:
    """Return name, namespace, id and digest of an event, and what its mode adds."""
    name, _, namespace = event.name.partition("|")
    described: Json = {"name": name, "ns": namespace, "id": event.id}
    try:
        data = event.json()
    except ValueError:
        return described | {"problems": [f"the data of {name} is no JSON"]}
    described["digest"] = digest(data)
    describe = _DESCRIBERS.get(name)
    return described | (describe(data) if describe else {})


def _values(data: Any) -> Json:
    asked = list_questions(fields(data).get(ASKED) or [])
    return {"keys": digest_keys(data)} | ({"questions": asked} if asked else {})


def _updates(data: Any) -> Json:
    shown = fields(data)
    described: Json = {"nodes": sorted(shown)}
    if removed := list_removals(shown):
        described["removes"] = removed
    if asked := list_questions(shown.get(ASKED) or []):
        described["questions"] = asked
    return described


def _checkpoint(data: Any) -> Json:
    shown = fields(data)
    config = fields(fields(shown.get("config")).get("configurable"))
    here = fields(shown.get("checkpoint")) or config
    metadata = fields(shown.get("metadata"))
    return {
        "checkpoint": text(here.get("checkpoint_id") or config.get("checkpoint_id")),
        "step": number(metadata.get("step")),
        "source": text(metadata.get("source")),
        "run_id": text(metadata.get("run_id")),
    }


def _task(data: Any) -> Json:
    shown = fields(data)
    is_end = "result" in shown or "error" in shown
    return {
        "task": text(shown.get("id")),
        "node": text(shown.get("name")),
        "phase": "end" if is_end else "start",
    }


def _message(data: Any) -> Json:
    message = fields(data[0]) if isinstance(data, list) and data else {}
    return {"message": text(message.get("id")), "kind": text(message.get("type"))}


def _metadata(data: Any) -> Json:
    return {"run_id": text(fields(data).get("run_id"))}


_DESCRIBERS: dict[str, Callable[[Any], Json]] = {
    "values": _values,
    "updates": _updates,
    "checkpoints": _checkpoint,
    "tasks": _task,
    "messages": _message,
    "metadata": _metadata,
}


class Texts:
    """Adds up the chunks of each message that a stream sends in chunks."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._whole: set[str] = set()

    def take(self, event: SseEvent) -> None:
        """Take in an event of the mode `messages-tuple`; any other is passed over."""
        if event.name.partition("|")[0] != "messages":
            return
        try:
            data = event.json()
        except ValueError:
            return
        message = fields(data[0]) if isinstance(data, list) and data else {}
        name = text(message.get("id"))
        if name is None:
            return
        if not str(message.get("type")).endswith("Chunk"):
            self._whole.add(name)
        self._texts[name] = self._texts.get(name, "") + read_text(message)

    def digest(self, *, whole: bool) -> dict[str, str]:
        """Return the digest of each message's text by its id: of those sent whole, or in chunks."""
        own = {name: each for name, each in self._texts.items() if (name in self._whole) is whole}
        return {name: digest(each) for name, each in own.items() if each}
