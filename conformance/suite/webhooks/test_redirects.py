"""Where a receiver may send the call on to."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.webhooks.calls import all_came
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Answer, WebhookReceiver

#: The call itself and the redirects that are followed.
MOST = 1 + 5


@requirement("WHK-12")
async def test_a_redirect_is_followed(runs: Runs, called: WebhookReceiver) -> None:
    with WebhookReceiver(host=called.host) as last:
        redirect = Answer(307, headers={"location": f"{last.url}/new"})
        with WebhookReceiver(redirect, host=called.host) as first:
            handle, _ = await runs.wait(await runs.new_thread(), "echo", {}, webhook=first.url)
            [delivery] = await last.async_wait(1)
    same("method and path", (delivery.method, delivery.path), ("POST", "/new"))
    same("run_id in the call", delivery.body["run_id"], handle.run_id)


@requirement("WHK-12")
async def test_redirects_are_followed_five_times_at_most(
    runs: Runs, called: WebhookReceiver
) -> None:
    """A second receiver that is called later shows that the first is called no more."""
    again = Answer(307, headers={"location": "/again"})
    with WebhookReceiver(again, host=called.host) as circular:
        await runs.wait(await runs.new_thread(), "echo", {}, webhook=circular.url)
        await circular.async_wait(MOST)
        await all_came(runs, called)
        paths = [delivery.path for delivery in circular.deliveries]
    same("calls", paths, ["/", *["/again"] * (MOST - 1)])
