"""Calls of a receiver, distinguished by their path."""

from typing import Any

from onceproof.conformance.access.media import read_media_type
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.verdicts import blame
from onceproof.conformance.suite.kit.waiting import poll_until
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Delivery, WebhookReceiver

#: A call need not come at once, since the server may poll, but it must not take a minute.
SOON_S = 20.0


def list_calls(receiver: WebhookReceiver, path: str) -> list[Delivery]:
    """List what was delivered to this path so far."""
    return [delivery for delivery in receiver.deliveries if delivery.path == path]


async def find_call(receiver: WebhookReceiver, path: str) -> Delivery | None:
    """Wait for a call to this path, and return it; None if none came in time."""

    async def has_come() -> bool:
        return len(list_calls(receiver, path)) > 0

    await poll_until(has_come, SOON_S)
    return next(iter(list_calls(receiver, path)), None)


async def await_call(
    receiver: WebhookReceiver, path: str, demand: str = "WHK-01"
) -> dict[str, Any]:
    """Wait for a call to this path, a POST of a JSON object, and return its body.

    That none comes is for the requirement `demand` to say, and no other.
    """
    delivery = await find_call(receiver, path)
    with blame(demand):
        assert delivery is not None, f"no call to {path} came within {SOON_S:g} s"
    same("method", delivery.method, "POST")
    same("content-type", read_media_type(delivery.headers), "application/json")
    assert isinstance(delivery.body, dict), f"the call is not a JSON object: {delivery.raw[:200]!r}"
    body: dict[str, Any] = delivery.body
    return body


async def await_all_calls(runs: Runs, receiver: WebhookReceiver) -> None:
    """Wait until a later run has been reported, and with it every call that was under way."""
    path = f"/{new_nonce()}"
    await runs.wait(await runs.new_thread(), any_graph(), {}, webhook=receiver.url + path)
    await await_call(receiver, path)
