"""What the tests of webhooks need besides a receiver of their own."""

from collections.abc import AsyncIterator

import pytest

from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.verdicts import inconclusive, not_applicable
from onceproof.conformance.suite.webhooks.failing import Failing, open_failing_receivers
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.operations import RunRefused
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import WebhookReceiver


@pytest.fixture(scope="package")
async def receiver(api: Api, session: Session) -> AsyncIterator[WebhookReceiver]:
    """Provide a receiver, once it is clear that the target allows webhooks to this machine.

    Tests share it: each finds its calls by their path.
    """
    if not await claims(api, "POST", "/threads/{thread_id}/runs", "webhook"):
        not_applicable("the target does not claim to call webhooks")
    async with Runs(api, session.history, session.sink.url) as runs:
        with WebhookReceiver(host=session.sink.host) as receiver:
            try:
                await runs.wait(
                    await runs.new_thread(), any_graph(), {}, webhook=f"{receiver.url}/first"
                )
            except RunRefused as refused:
                inconclusive(f"the target refuses webhooks to this machine: {refused}")
            yield receiver


@pytest.fixture(scope="package")
async def failing(receiver: WebhookReceiver, api: Api, session: Session) -> AsyncIterator[Failing]:
    """Provide receivers that fail, each called for one run; the retries take a while."""
    async with (
        Runs(api, session.history, session.sink.url) as runs,
        open_failing_receivers(runs, receiver.host) as receivers,
    ):
        yield receivers
