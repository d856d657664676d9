"""Ask all questions of every URL, one URL after the other."""

from collections.abc import AsyncIterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import httpx

from onceproof.conformance.options import Options
from onceproof.conformance.preflight import checks
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.visit import ASK_S, Visit
from onceproof.conformance.targets.addresses import parse_urls
from onceproof.conformance.targets.health import cause
from onceproof.conformance.wire.client import Api


def list_checks() -> list[ModuleType]:
    """Return the modules of the questions, in the order in which they are asked."""
    names = [each.name for each in iter_modules(checks.__path__)]
    modules = [import_module(f"{checks.__name__}.{name}") for name in names]
    return sorted(modules, key=lambda module: int(module.PLACE))


async def examine(options: Options) -> AsyncIterator[tuple[str, str, Finding]]:
    """Yield the URL, the name of the question and the answer, as they come."""
    for each in parse_urls(options.urls):
        async with Api([each.url], timeout_s=ASK_S) as api:
            visit = Visit(each.url, options, api)
            for module in list_checks():
                findings = await _ask(module, visit)
                for finding in findings:
                    yield each.url, module.__name__.rpartition(".")[2], finding
                if any(finding.is_last for finding in findings):
                    break


async def _ask(module: ModuleType, visit: Visit) -> list[Finding]:
    try:
        found: Finding | list[Finding] | None = await module.ask(visit)
    except httpx.HTTPError as error:
        return [
            Finding(
                Outcome.WARNING, f"no answer: {cause(error)}", "what depends on it is not judged"
            )
        ]
    if found is None:
        return []
    return found if isinstance(found, list) else [found]
