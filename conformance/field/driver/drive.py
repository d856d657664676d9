"""The whole of a field certification on the wire, and the removal of everything that it made."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

import httpx

from onceproof.conformance.errors import Interrupted, TargetError, UsageError
from onceproof.conformance.field.driver.lists import read_lists
from onceproof.conformance.field.driver.situations import Player
from onceproof.conformance.field.driver.strikes import play_strikes
from onceproof.conformance.field.driver.watch import Watch
from onceproof.conformance.field.hands import Hands
from onceproof.conformance.field.plan import FieldPlan, Situation, describe_strikes
from onceproof.conformance.field.words import GRACE_NS, LATE, REST
from onceproof.conformance.history import Recorder
from onceproof.conformance.history.values import Json
from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.stopping import until_stopped
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.concurrency import gather_within_limit
from onceproof.conformance.wire.sanitise import digest, fields, text
from onceproof.conformance.wire.threads import CleanUpFailed, Threads

Say = Callable[[str], None]
#: So many threads are at work together: enough for runs to meet, few enough for a guest.
AT_ONCE = 4


@dataclass
class Account:
    """What a field run did: the sentence of its plan, its numbers, and what it left behind."""

    plan: str = ""
    schemas: str | None = None
    threads: int = 0
    runs: int = 0
    accepted: int = 0
    ended: int = 0
    surprises: list[str] = field(default_factory=list)


async def drive(
    urls: Sequence[str],
    history: Recorder,
    plan: FieldPlan,
    say: Say,
    account: Account,
    hands: Hands | None = None,
) -> None:
    """Run the plan and remove what it made, also if it is asked to stop meanwhile.

    With `hands` things are broken, too. What it did is in the `account`, also if it is left by an
    exception.
    """
    async with Api(urls) as api:
        watch = Watch(api, history, plan, f"field{uuid4().hex[:12]}")
        player = Player(watch)
        account.schemas = await find_assistant(api, plan.assistant)
        try:
            with suppress(Interrupted):  # whoever calls looks at the request
                await until_stopped(_play(watch, player, (account, say), hands))
        finally:
            await _clean_up(api, player, account)
            _count(player, account)


async def find_assistant(api: Api, name: str) -> str | None:
    """Return the digest of the assistant's schemas, None if the server shows none.

    UsageError if the server lists its assistants, and none of them has this name.
    """
    try:
        found = await _search(api, {"graph_id": name})
        one = text(found[0].get("assistant_id")) if found else name
        shown = await api.get(f"/assistants/{one}/schemas")
        if shown.is_success:
            return digest(shown.json())
        hosted = sorted({str(each.get("graph_id")) for each in await _search(api, {})})
    except (httpx.TransportError, ValueError) as error:
        raise TargetError(f"--assistant {name!r} could not be looked for: {error!r}") from None
    if found or not hosted:
        return None
    raise UsageError(f"--assistant {name!r} is not hosted there: name one of {', '.join(hosted)}")


async def _search(api: Api, asked: Json) -> list[Json]:
    answer = await api.post("/assistants/search", json={**asked, "limit": 100})
    shown = answer.json() if answer.is_success else []
    return [fields(each) for each in shown] if isinstance(shown, list) else []


async def _play(
    watch: Watch, player: Player, books: tuple[Account, Say], hands: Hands | None
) -> None:
    account, say = books
    faults = hands.faults if hands else ()
    situations, strikes = watch.plan.draw(faults), watch.plan.draw_strikes(faults)
    parts = [watch.plan.describe(situations)]
    parts += [describe_strikes(strikes)] if strikes else []
    parts += [watch.plan.beside] if watch.plan.beside else []
    account.plan = "; ".join(parts)
    for part in parts:
        say(part)

    async def play(number: int, situation: Situation) -> None:
        try:
            await player.play(number, situation)
        except* (httpx.HTTPError, ValueError, KeyError, TypeError) as group:
            account.surprises += [f"{situation.kind}: {each!r}"[:300] for each in group.exceptions]

    numbered = list(enumerate(situations))
    # Cancelled last: by then it is known which input takes longest.
    for last in (False, True):
        now = [each for each in numbered if (each[1].kind == "cancel") is last]
        await gather_within_limit((play(*each) for each in now), AT_ONCE)
    if hands is not None:
        account.surprises += await play_strikes((watch, hands), play, strikes, say)
    say("all have been followed; reading every view of every thread")
    await _sweep(watch, player)


async def _sweep(watch: Watch, player: Player) -> None:
    """Read everything at rest, and once more beyond the grace."""
    runs = [run for each in player.executions for run in each.runs if run.run_id]
    await gather_within_limit(map(watch.read_final, runs), AT_ONCE)
    for phase in (REST, LATE):
        await asyncio.sleep(1.25 * GRACE_NS / 1e9)
        await gather_within_limit(
            (
                watch.show(each.thread, phase, replica=replica)
                for each in player.executions
                for replica in range(watch.replicas)
            ),
            AT_ONCE,
        )
        await gather_within_limit((watch.read_run(run) for run in runs), AT_ONCE)
        if phase == REST:
            await read_lists(watch)


async def _clean_up(api: Api, player: Player, account: Account) -> None:
    """End what still runs and delete every thread."""
    threads = Threads(api)
    for execution in player.executions:
        threads.adopt(execution.thread)
        for run in execution.runs:
            if run.run_id and run.status not in TERMINAL:
                await _stop(api, run.path)
    try:
        await threads.clean_up()
    except CleanUpFailed as error:
        account.surprises.append(str(error))


async def _stop(api: Api, path: str) -> None:
    try:
        await api.post(f"{path}/cancel", params={"wait": "true"}, timeout_s=30)
    except httpx.TransportError:
        return  # the deletion of its thread says whether anything is left


def _count(player: Player, account: Account) -> None:
    runs = [run for each in player.executions for run in each.runs]
    account.threads, account.runs = len(player.executions), len(runs)
    account.accepted = sum(run.run_id is not None for run in runs)
    account.ended = sum(run.status in TERMINAL for run in runs)
