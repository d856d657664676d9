"""Many small requests, and one sentence about those that were not answered as they should be."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from onceproof.conformance.wire.client import Api

AT_ONCE = 8
TOLD = 8


@dataclass(frozen=True, slots=True)
class Probe:
    """One request; `options` are httpx's own, and `about` is what the request is about."""

    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)
    about: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}{' with ' if self.about else ''}{self.about}"


Answers = list[tuple[Probe, httpx.Response]]


async def ask(api: Api, probes: Iterable[Probe]) -> Answers:
    """Send all of them, a few at a time; the answers in the order of the probes."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(probe: Probe) -> tuple[Probe, httpx.Response]:
        async with gate:
            return probe, await api.request(probe.method, probe.path, **probe.options)

    return await asyncio.gather(*(one(probe) for probe in probes))


async def provoke(api: Api, probes: Iterable[Probe]) -> None:
    """Send all of them for the errors that they are answered with; what is none is left unread."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(probe: Probe) -> None:
        async with gate, api.open(probe.method, probe.path, **probe.options):
            pass

    await asyncio.gather(*(one(probe) for probe in probes))


def demand(answers: Answers, wanted: str, holds: Callable[[httpx.Response], bool]) -> None:
    """Every answer is as wanted; a failure tells the first that are not."""
    __tracebackhide__ = True
    wrong = [
        f"{probe} answered {response.status_code} {response.text[:80]!r}"
        for probe, response in answers
        if not holds(response)
    ]
    blame(wrong, len(answers), wanted)


def blame(wrong: Sequence[str], judged: int, wanted: str) -> None:
    """Fail if anything is wrong, telling how much of how many, and the first of it."""
    __tracebackhide__ = True
    if wrong:
        more = f" (and {len(wrong) - TOLD} more)" if len(wrong) > TOLD else ""
        raise AssertionError(
            f"{len(wrong)} of {judged} answers should be {wanted}: {'; '.join(wrong[:TOLD])}{more}"
        )
