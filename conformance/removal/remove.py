"""The removal of what is ours, within a time limit."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import httpx

from onceproof.conformance.guest.journal import ITEM, THREAD, Made
from onceproof.conformance.removal.find import (
    KINDS,
    Ours,
    SearchRefused,
    find_by_mark,
    read_journal,
)
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.concurrency import gather_within_limit
from onceproof.conformance.wire.recording import decode_body

AT_ONCE = 8
#: A server may refuse to delete a thread whose run is still being cancelled.
TRIES = 20
PAUSE_S = 0.25
#: What is removed may have made more meanwhile, as a cron does.
ROUNDS = 5
ACTIVE = frozenset({"pending", "running"})
GONE = frozenset({404, 410})


@dataclass
class Account:
    """What was removed, by kind and run, and what was not, with the reason."""

    removed: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: list[str] = field(default_factory=list)

    def add_rest(self, sentence: str) -> None:
        """Note what was not removed, once however often it was tried."""
        if sentence not in self.left:
            self.left.append(sentence)

    @property
    def is_clean(self) -> bool:
        """Whether nothing of ours is left, as far as was seen."""
        return not self.left


async def remove_ours(
    api: Api, run_ids: Sequence[str] | None, made: Iterable[Made], limit_s: float
) -> Account:
    """Remove what carries the mark of these runs, or of any for None, and what a journal has.

    Bounded by `limit_s`: what is left then is in the account. Raises nothing of the wire's.
    """
    account = Account()
    noted = list(read_journal(made))
    try:
        async with asyncio.timeout(limit_s):
            await _remove_all(api, noted, account)
            for _ in range(ROUNDS):
                if not await _remove_by_mark(api, run_ids, account):
                    break
    except TimeoutError:
        account.left.append(f"whatever had not been removed within {limit_s:g} s")
    except httpx.TransportError as error:
        account.left.append(f"whatever could not be looked for: {error!r}")
    return account


async def _remove_by_mark(api: Api, run_ids: Sequence[str] | None, account: Account) -> bool:
    """Remove what is found once; whether anything was removed, and so may have left more."""
    before = account.removed.total()
    for kind in KINDS:
        for run_id in [None] if run_ids is None else run_ids:
            try:
                found = await find_by_mark(api, kind, run_id)
            except SearchRefused as refusal:
                account.add_rest(str(refusal))
            else:
                await _remove_all(api, found, account)
    return account.removed.total() > before


async def _remove_all(api: Api, things: Iterable[Ours], account: Account) -> None:
    await gather_within_limit((_remove(api, each, account) for each in things), AT_ONCE)


async def _remove(api: Api, ours: Ours, account: Account) -> None:
    answer = "nobody asked"
    for _ in range(TRIES):
        if ours.kind == THREAD:
            await _end_runs(api, ours)
        response = await _delete(api, ours)
        if response.status_code in GONE:
            return
        if response.is_success:
            account.removed[ours.kind, ours.run_id] += 1
            return
        answer = f"{response.status_code} {response.text[:100]}"
        if response.status_code != httpx.codes.CONFLICT:
            break
        await asyncio.sleep(PAUSE_S)
    account.add_rest(f"{ours}: its deletion was answered with {answer}")


async def _delete(api: Api, ours: Ours) -> httpx.Response:
    if ours.kind == ITEM:
        body = {"namespace": list(ours.namespace), "key": ours.id}
        return await api.delete(ours.path, json=body)
    return await api.delete(ours.path)


async def _end_runs(api: Api, thread: Ours) -> None:
    """Cancel what still runs on a thread of ours."""
    shown = decode_body(await api.get(f"{thread.path}/runs", params={"limit": 100}))
    for run in shown if isinstance(shown, list) else []:
        if isinstance(run, dict) and run.get("status") in ACTIVE:
            await api.post(f"{thread.path}/runs/{run.get('run_id')}/cancel")
