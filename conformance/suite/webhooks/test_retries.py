"""Receivers that fail or hang are called again, and do not hold up anybody."""

import asyncio
import time

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.webhooks.failing import HANGS_S, Failing, measure_pauses_s
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Answer, WebhookReceiver, WitnessTimeout

TRIES = 3
#: More runs than the certified deployment has slots: two workers with ten each.
MANY = 25
#: Time enough for the runs themselves, and far less than a hanging receiver takes.
AT_ONCE_S = 12.0


@requirement("WHK-06")
async def test_hanging_receivers_hold_up_neither_clients_nor_the_queue(
    runs: Runs, failing: Failing, receiver: WebhookReceiver
) -> None:
    began = time.monotonic()
    with WebhookReceiver(Answer(delay_s=HANGS_S), host=receiver.host) as hanging:
        async with asyncio.TaskGroup() as group:
            for _ in range(MANY):
                group.create_task(runs.wait(None, "echo", {}, webhook=hanging.url))
        last, _ = await runs.wait(await runs.new_thread(), "echo", {}, webhook=hanging.url)
        same("status of the last run", await runs.status(last), "success")
        took_s = time.monotonic() - began
        assert took_s < AT_ONCE_S, f"{MANY + 1} runs took {took_s:.1f} s while receivers hung"
        await hanging.async_wait(1)


@requirement("WHK-05")
async def test_a_call_that_failed_is_made_again_after_growing_pauses(failing: Failing) -> None:
    deliveries = await failing.recovering.async_wait(TRIES)
    same("answers", [delivery.answered for delivery in deliveries], [503, 429, 200])
    same("runs", len({delivery.body["run_id"] for delivery in deliveries}), 1)
    first_s, second_s = measure_pauses_s(deliveries)
    assert first_s < second_s, (
        f"the pauses were {first_s:.2f} s, then {second_s:.2f} s, but should grow"
    )


@requirement("WHK-05")
async def test_a_call_without_an_answer_is_made_again(failing: Failing) -> None:
    await failing.hanging.async_wait(2, timeout_s=HANGS_S + 10)


@requirement("WHK-05")
async def test_a_call_is_made_three_times_at_most(failing: Failing) -> None:
    deliveries = await failing.broken.async_wait(TRIES)
    since_s = (time.monotonic_ns() - deliveries[-1].t) / 1e9
    wait_s = max(0.1, 2.5 * measure_pauses_s(deliveries)[-1] - since_s)
    try:
        await failing.broken.async_wait(TRIES + 1, timeout_s=wait_s)
    except WitnessTimeout:
        return
    raise AssertionError(f"the receiver was called more than {TRIES} times")


@requirement("WHK-05")
async def test_a_call_that_was_accepted_is_not_made_again(failing: Failing) -> None:
    """Neither after one failure nor after two; the longest pause passes before it is said."""
    pause_s = measure_pauses_s(await failing.broken.async_wait(TRIES))[-1]
    for receiver, answers in ((failing.once, [503, 200]), (failing.recovering, [503, 429, 200])):
        accepted = (await receiver.async_wait(len(answers)))[len(answers) - 1]
        since_s = (time.monotonic_ns() - accepted.t) / 1e9
        await asyncio.sleep(max(0.0, 2.5 * pause_s - since_s))
        same("answers", [delivery.answered for delivery in receiver.deliveries], answers)


@requirement("WHK-05")
async def test_a_call_that_was_refused_is_not_made_again(failing: Failing) -> None:
    """By the time another receiver has been called three times, it would have been repeated."""
    await failing.broken.async_wait(TRIES)
    same("calls", [each.answered for each in failing.missing.deliveries], [404])
