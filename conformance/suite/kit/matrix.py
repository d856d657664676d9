"""Many small requests, and one sentence about those that got the wrong answer."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from onceproof.conformance.errors import MissingRoute
from onceproof.conformance.preflight.gateways import find_author
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.concurrency import gather_within_limit

AT_ONCE = 8
MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Probe:
    """One request; `options` are httpx's own, and `about` describes it in messages."""

    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)
    about: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}{' with ' if self.about else ''}{self.about}"


Answers = list[tuple[Probe, httpx.Response]]


async def ask(api: Api, probes: Iterable[Probe]) -> Answers:
    """Ask them all, a few at a time, and return the answers in the order of the probes.

    Routes that the target does not have are left out.
    """

    async def send(probe: Probe) -> tuple[Probe, httpx.Response] | None:
        with suppress(MissingRoute):
            return probe, await api.request(probe.method, probe.path, **probe.options)
        return None

    return [each for each in await gather_within_limit(map(send, probes), AT_ONCE) if each]


async def provoke(api: Api, probes: Iterable[Probe]) -> None:
    """Send them all to provoke errors, which the client records; other answers are not read."""

    async def send(probe: Probe) -> None:
        with suppress(MissingRoute):
            async with api.open(probe.method, probe.path, **probe.options):
                pass

    await gather_within_limit(map(send, probes), AT_ONCE)


def demand(answers: Answers, wanted: str, holds: Callable[[httpx.Response], bool]) -> None:
    """Demand that every answer holds; a failure lists the first that do not.

    What a gateway answered itself is left out: the server never saw those requests.
    """
    __tracebackhide__ = True
    answers = [each for each in answers if not _is_of_gateway(each[1])] or answers
    wrong = [
        f"{probe} answered {response.status_code} {response.text[:80]!r}"
        for probe, response in answers
        if not holds(response)
    ]
    blame(wrong, len(answers), wanted)


def _is_of_gateway(response: httpx.Response) -> bool:
    return find_author(response.headers.get("content-type", ""), response.content) is not None


def blame(wrong: Sequence[str], judged: int, wanted: str) -> None:
    """Fail if anything is wrong, with the number of wrong answers and the first of them."""
    __tracebackhide__ = True
    if wrong:
        more = f" (and {len(wrong) - MOST_SHOWN} more)" if len(wrong) > MOST_SHOWN else ""
        first = "; ".join(wrong[:MOST_SHOWN])
        raise AssertionError(f"{len(wrong)} of {judged} answers should be {wanted}: {first}{more}")
