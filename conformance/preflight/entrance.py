"""The one question that every session asks before it begins: whether the server lets us in.

Where it does not, each test would fail, and blame the server for an option that was not given.
"""

import httpx
from anyio.from_thread import start_blocking_portal

from onceproof.conformance.errors import UsageError
from onceproof.conformance.options import Options
from onceproof.conformance.preflight.checks import credentials
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.visit import ASK_S, Visit
from onceproof.conformance.targets.addresses import parse_urls
from onceproof.conformance.wire.client import Api


def demand_entrance(options: Options) -> None:
    """Raise UsageError if a running server refuses a read with the headers that were given."""
    with start_blocking_portal() as portal:
        for each in parse_urls(options.urls):
            finding = portal.call(_ask, each.url, options)
            if finding is not None and finding.outcome is Outcome.REFUSES:
                raise UsageError(f"--url {each.url!r}: {finding.said}; {finding.advice}")


async def _ask(url: str, options: Options) -> Finding | None:
    async with Api([url], timeout_s=ASK_S) as api:
        try:
            return await credentials.ask(Visit(url, options, api))
        except httpx.HTTPError:
            return None  # what else it does is for the suite to see
