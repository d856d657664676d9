"""Runs during which something is broken: one fault after the other, each met by runs of its own."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from onceproof.conformance.errors import StackError, TargetError
from onceproof.conformance.field.driver.watch import Watch
from onceproof.conformance.field.hands import Hands
from onceproof.conformance.field.plan import Situation, Strike

#: A run that does not work after so long is not waited for any more: the fault comes anyway.
BEGIN_S = 20.0
#: The part of a run, as long as the longest so far, within which the fault comes.
LEAD, LEAD_MAX_S = 0.6, 3.0

Play = Callable[[int, Situation], Coroutine[Any, Any, None]]


async def play_strikes(
    ground: tuple[Watch, Hands], play: Play, strikes: Sequence[Strike], say: Callable[[str], None]
) -> list[str]:
    """Play one strike after the other and mend everything, also if it is cancelled.

    Returns why no more were played, if what was broken could not be mended.
    """
    watch, hands = ground
    watch.note_hands(hands)
    watch.is_patient = True
    failed: list[str] = []
    try:
        for number, strike in enumerate(strikes):
            say(f"fault {number + 1} of {len(strikes)}: {strike}")
            await _play(ground, play, (number, strike), failed)
            if failed:
                break
    finally:
        await asyncio.to_thread(hands.leave)
        watch.is_patient = False
    return failed


async def _play(
    ground: tuple[Watch, Hands], play: Play, dealt: tuple[int, Strike], failed: list[str]
) -> None:
    (watch, hands), (number, strike) = ground, dealt
    dice = Random(f"{watch.plan.seed} strike {number}")
    watch.stirred.clear()
    await asyncio.to_thread(hands.aim, strike.fault, dice)
    async with asyncio.TaskGroup() as group:
        for n, situation in enumerate(_lengthen(watch, strike)):
            group.create_task(play(1000 * (number + 1) + n, situation))
        await _wait_for_work(watch, dice)
        try:
            await asyncio.to_thread(hands.strike)
        except (TargetError, StackError) as error:
            failed.append(f"nothing more was broken after {strike}: {error}")


def _lengthen(watch: Watch, strike: Strike) -> list[Situation]:
    """The first of each thread gets the input that takes longest: a fault has to meet it."""
    return [
        replace(each, inputs=(watch.choose_longest(each.inputs[0]), *each.inputs[1:]))
        for each in strike.situations
    ]


async def _wait_for_work(watch: Watch, dice: Random) -> None:
    try:
        async with asyncio.timeout(BEGIN_S):
            await watch.stirred.wait()
    except TimeoutError:
        return  # whether a run was under way is for the oracle to see
    await asyncio.sleep(min(dice.uniform(0, LEAD) * watch.longest_s, LEAD_MAX_S))
