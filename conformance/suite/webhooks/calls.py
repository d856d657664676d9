"""Calls of a receiver, told apart by the path they were made to."""

from typing import Any

from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.waiting import eventually
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Delivery, WebhookReceiver

#: A call that is not made on the spot but found by a poll is fine, one after a minute is not.
SOON_S = 20.0


def calls(receiver: WebhookReceiver, path: str) -> list[Delivery]:
    """What was delivered to this path so far."""
    return [delivery for delivery in receiver.deliveries if delivery.path == path]


async def one_call(receiver: WebhookReceiver, path: str) -> dict[str, Any]:
    """The body of the call to this path, once it has come: a POST of a JSON object."""

    async def count() -> bool:
        return len(calls(receiver, path)) > 0

    await eventually(f"a call to {path}", count, True, within_s=SOON_S)
    delivery = calls(receiver, path)[0]
    same("method", delivery.method, "POST")
    media_type = delivery.headers.get("content-type", "").partition(";")[0]
    same("content-type", media_type, "application/json")
    assert isinstance(delivery.body, dict), f"the call is no JSON object: {delivery.raw[:200]!r}"
    body: dict[str, Any] = delivery.body
    return body


async def all_came(runs: Runs, receiver: WebhookReceiver) -> None:
    """Return when a later run has been told of: calls that were under way have arrived as well."""
    path = f"/{new_nonce()}"
    await runs.wait(await runs.new_thread(), "echo", {}, webhook=receiver.url + path)
    await one_call(receiver, path)
