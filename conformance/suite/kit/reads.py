"""What tests read of a thread, each in one line."""

from collections.abc import Callable
from typing import Any, TypeAlias

from onceproof.conformance.suite.kit.assertions import answered
from onceproof.conformance.wire.client import Api

#: The fixture `observed`, which takes the form that the target showed.
Observed: TypeAlias = Callable[[str], None]

#: More than any thread of a test has, since servers differ in what they give by default.
ALL = 1000


async def thread(api: Api, thread_id: str, *, at: int | None = None) -> dict[str, Any]:
    """The thread as the server shows it."""
    shown: dict[str, Any] = answered(await api.get(f"/threads/{thread_id}", at=at))
    return shown


async def thread_status(api: Api, thread_id: str, *, at: int | None = None) -> str:
    """The status of a thread."""
    status: str = (await thread(api, thread_id, at=at))["status"]
    return status


async def state(api: Api, thread_id: str, **params: str) -> dict[str, Any]:
    """The latest state of a thread; `params` go into the query."""
    shown: dict[str, Any] = answered(await api.get(f"/threads/{thread_id}/state", params=params))
    return shown


async def history(api: Api, thread_id: str, **body: Any) -> list[dict[str, Any]]:
    """The whole history of a thread, newest first, or what `body` asks of it."""
    path = f"/threads/{thread_id}/history"
    shown: list[dict[str, Any]] = answered(await api.post(path, json={"limit": ALL, **body}))
    return shown


def checkpoint_id(entry: dict[str, Any]) -> str:
    """The id of the checkpoint that a state or a history entry shows."""
    found: str = entry["checkpoint"]["checkpoint_id"]
    return found
