"""What the tests of webhooks need besides a receiver of their own."""

from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.claims import claims
from onceproof.conformance.suite.kit.verdicts import inconclusive, not_applicable
from onceproof.conformance.suite.webhooks.failing import Failing, failing_receivers
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import WebhookReceiver


@pytest.fixture(scope="package")
async def called(api: Api, session: Session) -> AsyncIterator[WebhookReceiver]:
    """A receiver, once it is clear that the target lets webhooks lead to this machine.

    Others may use it too: calls are told apart by their path.
    """
    if not await claims(api, "POST", "/threads/{thread_id}/runs", "webhook"):
        not_applicable("the target does not claim to call webhooks")
    async with Runs(api, session.history, session.sink.url) as runs:
        with WebhookReceiver(host=session.sink.host) as receiver:
            try:
                await runs.wait(
                    await runs.new_thread(), "echo", {}, webhook=f"{receiver.url}/first"
                )
            except RunRefused as refused:
                inconclusive(f"the target refuses webhooks to this machine: {refused}")
            yield receiver


@pytest.fixture(scope="package")
async def failing(called: WebhookReceiver, api: Api, session: Session) -> AsyncIterator[Failing]:
    """Receivers that fail, each called for one run; what becomes of that takes its time."""
    async with (
        Runs(api, session.history, session.sink.url) as runs,
        failing_receivers(runs, called.host) as receivers,
    ):
        yield receivers
