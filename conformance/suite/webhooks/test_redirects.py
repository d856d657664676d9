"""Redirects by a receiver."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.webhooks.calls import await_all_calls
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Answer, WebhookReceiver

#: The call itself and the redirects that are followed.
MOST = 1 + 5


@requirement("WHK-12")
async def test_a_redirect_is_followed(runs: Runs, receiver: WebhookReceiver) -> None:
    with WebhookReceiver(host=receiver.host) as last:
        redirect = Answer(307, headers={"location": f"{last.url}/new"})
        with WebhookReceiver(redirect, host=receiver.host) as first:
            handle, _ = await runs.wait(await runs.new_thread(), any_graph(), {}, webhook=first.url)
            [delivery] = await last.async_wait(1)
    same("method and path", (delivery.method, delivery.path), ("POST", "/new"))
    same("run_id in the call", delivery.body["run_id"], handle.run_id)


@requirement("WHK-12")
async def test_redirects_are_followed_five_times_at_most(
    runs: Runs, receiver: WebhookReceiver
) -> None:
    """Once a second receiver has been called later, the first will not be called again."""
    again = Answer(307, headers={"location": "/again"})
    with WebhookReceiver(again, host=receiver.host) as circular:
        await runs.wait(await runs.new_thread(), any_graph(), {}, webhook=circular.url)
        await circular.async_wait(MOST)
        await await_all_calls(runs, receiver)
        paths = [delivery.path for delivery in circular.deliveries]
    same("calls", paths, ["/", *["/again"] * (MOST - 1)])
