"""Receivers that fail, called side by side, because the pauses between retries are long."""

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise

from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Answer, Delivery, WebhookReceiver

HANGS_S = 30.0


@dataclass(frozen=True)
class Failing:
    """`recovering` fails twice and then accepts the call, `once` fails once; the others never do.

    `broken` answers 503, `missing` 404, and `hanging` so late that no caller should wait for it.
    """

    recovering: WebhookReceiver
    once: WebhookReceiver
    broken: WebhookReceiver
    missing: WebhookReceiver
    hanging: WebhookReceiver


@asynccontextmanager
async def open_failing_receivers(runs: Runs, host: str) -> AsyncIterator[Failing]:
    """Open the receivers on this host, and finish one run for each of them."""
    with ExitStack() as stack:
        made = Failing(
            recovering=stack.enter_context(WebhookReceiver(503, 429, 200, host=host)),
            once=stack.enter_context(WebhookReceiver(503, 200, host=host)),
            broken=stack.enter_context(WebhookReceiver(503, host=host)),
            missing=stack.enter_context(WebhookReceiver(404, host=host)),
            hanging=stack.enter_context(WebhookReceiver(Answer(delay_s=HANGS_S), host=host)),
        )
        for receiver in (made.recovering, made.once, made.broken, made.missing, made.hanging):
            await runs.wait(await runs.new_thread(), any_graph(), {}, webhook=receiver.url)
        yield made


def measure_pauses_s(deliveries: list[Delivery]) -> list[float]:
    """Measure the pauses between consecutive calls, in seconds."""
    times = [delivery.t for delivery in deliveries]
    return [(later - earlier) / 1e9 for earlier, later in pairwise(times)]
