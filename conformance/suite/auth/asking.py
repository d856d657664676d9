"""What to ask of each operation so that nothing but the caller can be wrong with the request."""

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import httpx

from onceproof.conformance.suite.system.matrix import Probe
from onceproof.conformance.suite.system.routes import CORE, Operation

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


def call(operation: Operation, **ids: str) -> Probe:
    """A call of the operation that fits its schema, with these ids in its path."""
    options: dict[str, Any] = {"params": _PARAMS.get(str(operation), {})}
    if operation.path.endswith("/state/checkpoint"):
        options["json"] = {"checkpoint": {"checkpoint_id": ids.get("checkpoint_id", str(uuid4()))}}
    elif operation.body:
        options["json"] = _BODIES.get(str(operation), {})
    return Probe(operation.method, operation.at(**ids), options)


def is_refusal(response: httpx.Response, status: int) -> bool:
    """It has this status; a stream that was opened already may tell it in its only event."""
    if not response.is_success:
        return response.status_code == status
    kind = response.headers.get("content-type", "")
    told = [line for line in response.text.splitlines() if line.startswith(("event:", "data:"))]
    return (
        kind.startswith("text/event-stream")
        and len(told) == 2
        and told[0] == "event: error"
        and f"{status}: " in told[1]
    )


def of_threads(operations: Iterable[Operation] = CORE) -> list[Operation]:
    """Those that name a thread in their path."""
    return [each for each in operations if "thread_id" in each.ids]
