"""What the first seconds of a session show: who is there, what it hosts, what cannot be judged.

The short form of the doctor's examination. It asks only what decides whether to go on, and the one
question that costs a run once; what it found stays with the session, so that nobody asks again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from anyio.from_thread import start_blocking_portal

from onceproof.conformance.errors import OnceproofError, TargetError, UsageError
from onceproof.conformance.options import Options
from onceproof.conformance.preflight.checks import credentials, execution, sink
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.gateways import explain_lumps
from onceproof.conformance.preflight.hosted import list_graphs, list_missing_probes
from onceproof.conformance.preflight.trial import GRAPH, Trial, open_sink, try_run
from onceproof.conformance.preflight.visit import ASK_S, Visit
from onceproof.conformance.probes import GRAPHS
from onceproof.conformance.stopping import until_stopped
from onceproof.conformance.wire.client import Api
from onceproof.reports.text import join_names

_REFUSALS: dict[Outcome, type[OnceproofError]] = {
    Outcome.REFUSES: UsageError,
    Outcome.UNREACHABLE: TargetError,
}


@dataclass(frozen=True)
class Look:
    """What was found. `missing` are the probes that are known not to be there, `others` the graphs
    of a server without any of them, `trial` is the one run, None if none was tried."""

    missing: frozenset[str] = frozenset()
    others: tuple[str, ...] = ()
    trial: Trial | None = None

    @property
    def hosts_probes(self) -> bool:
        """Whether any probe graph may be there."""
        return len(self.missing) < len(GRAPHS)

    @property
    def lumps(self) -> str | None:
        """Why event streams arrive in one lump, None if they do not."""
        held_back = self.trial is not None and self.trial.live is False
        return explain_lumps(self.trial.headers) if self.trial and held_back else None

    def demand_graphs(self, names: Sequence[str], purpose: str) -> None:
        """Raise UsageError if one of these graphs, which serve the `purpose`, is not hosted."""
        if missing := sorted(set(names) & self.missing):
            raise UsageError(
                f"the server at --url does not host {' and '.join(missing)}, which {purpose} runs: "
                "host what `onceproof probes export DIR` writes"
            )

    def demand_suite(self, *, selected: bool) -> None:
        """Raise UsageError if the suite could judge nothing here: no probe is hosted, or no node
        reaches the harness. With `selected` requirements the first is up to the operator."""
        if not (self.hosts_probes or selected):
            others = join_names(self.others, 4) or "no other"
            raise UsageError(
                f"the server at --url hosts none of the {len(GRAPHS)} probe graphs, but {others}: "
                "judge a graph of its own by --assistant NAME --input FILE, or host what "
                "`onceproof probes export DIR` writes"
            )
        if self.trial is not None and self.trial.is_over and not self.trial.heard:
            finding = sink.judge(self.trial)
            raise UsageError(f"{finding.said}; {finding.advice}")


def look_at(urls: Sequence[str], options: Options) -> Look:
    """Look at a running server; UsageError if it refuses us, TargetError if it executes nothing."""
    with start_blocking_portal() as portal:
        looks = [
            portal.call(until_stopped, _look(url, options, place == 0))
            for place, url in enumerate(urls)
        ]
    return looks[0]


def demand_entrance(urls: Sequence[str], options: Options) -> None:
    """Raise UsageError if a running server refuses a read with the headers that were given."""
    with start_blocking_portal() as portal:
        for url in urls:
            portal.call(until_stopped, _enter(url, options))


async def _enter(url: str, options: Options) -> None:
    async with Api([url], timeout_s=ASK_S) as api:
        try:
            _demand(url, await credentials.ask(Visit(url, options, api)))
        except httpx.HTTPError:
            return  # whoever goes on will see


async def _look(url: str, options: Options, is_first: bool) -> Look:
    async with Api([url], timeout_s=ASK_S) as api:
        visit = Visit(url, options, api)
        try:
            _demand(url, await credentials.ask(visit))
            if not is_first:
                return Look()
            missing = await list_missing_probes(api)
            hosts_none = len(missing) == len(GRAPHS)
            others = sorted(await list_graphs(api) or ()) if hosts_none else ()
            trial = None if GRAPH in missing else await _try(visit)
        except httpx.HTTPError:
            return Look()  # what else it does is for the suite to see
    return Look(missing, tuple(others), trial)


async def _try(visit: Visit) -> Trial:
    async with open_sink(visit.options.witness_address) as witness:
        trial = await try_run(visit.api, witness)
    _demand(visit.url, execution.judge(trial))
    return trial


def _demand(url: str, finding: Finding) -> None:
    if error := _REFUSALS.get(finding.outcome):
        raise error(f"--url {url!r}: {finding.said}; {finding.advice}")
