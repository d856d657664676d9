"""A valid request for each operation: only the caller can be what is wrong with it."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import httpx

from onceproof.conformance.suite.kit.matrix import Probe
from onceproof.conformance.suite.kit.routes import CORE, Operation
from onceproof.conformance.suite.kit.streams import event_names, parse_events

_RUN = {"assistant_id": "echo", "input": {"nonce": "refused"}}
_ITEM = {"namespace": ["refused"], "key": "k"}
_BODIES: dict[str, Any] = {
    "POST /assistants": {"graph_id": "echo"},
    "POST /assistants/{assistant_id}/latest": {"version": 1},
    "POST /threads/prune": {"thread_ids": [str(uuid4())]},
    "PATCH /threads/{thread_id}": {"metadata": {"touched": True}},
    "POST /threads/{thread_id}/state": {"values": {"text": "touched"}, "as_node": "echo"},
    "POST /threads/{thread_id}/runs": _RUN,
    "POST /threads/{thread_id}/runs/stream": _RUN,
    "POST /threads/{thread_id}/runs/wait": _RUN,
    "POST /runs": _RUN,
    "POST /runs/stream": _RUN,
    "POST /runs/wait": _RUN,
    "POST /runs/batch": [_RUN],
    "POST /runs/cancel": {"thread_id": str(uuid4()), "run_ids": [str(uuid4())]},
    "PATCH /runs/crons/{cron_id}": {"enabled": False},
    "POST /store/items/search": {"namespace_prefix": ["refused"]},
    "PUT /store/items": {**_ITEM, "value": {}},
    "DELETE /store/items": _ITEM,
    "POST /runs/crons": {**_RUN, "schedule": "0 0 1 1 *"},
    "POST /threads/{thread_id}/runs/crons": {**_RUN, "schedule": "0 0 1 1 *"},
}
_PARAMS = {"GET /store/items": {"namespace": "refused", "key": "k"}}


def make_call(operation: Operation, **ids: str) -> Probe:
    """Make a request to the operation that fits its schema, with these ids in its path."""
    options: dict[str, Any] = {"params": _PARAMS.get(str(operation), {})}
    if operation.path.endswith("/state/checkpoint"):
        options["json"] = {"checkpoint": {"checkpoint_id": ids.get("checkpoint_id", str(uuid4()))}}
    elif operation.body:
        options["json"] = _BODIES.get(str(operation), {})
    return Probe(operation.method, operation.at(**ids), options)


def is_refusal(response: httpx.Response, status: int) -> bool:
    """Return whether the status is this one; an open stream may report it in its only event."""
    if not response.is_success:
        return response.status_code == status
    events = parse_events(response)
    return event_names(events) == ["error"] and f"{status}: " in events[0].data.decode()


def select_thread_operations(operations: Iterable[Operation] = CORE) -> list[Operation]:
    """Select the operations with a thread id in their path."""
    return [each for each in operations if "thread_id" in each.ids]
