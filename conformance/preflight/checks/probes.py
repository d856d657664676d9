"""Which graphs the server hosts, and which probe graphs are missing."""

from collections.abc import Sequence

from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.hosted import list_graphs, list_missing_probes
from onceproof.conformance.preflight.visit import Visit
from onceproof.conformance.probes import GRAPHS
from onceproof.reports.text import join_names

PLACE = 60


async def ask(visit: Visit) -> Finding:
    """Answer with the probes that are there, and note them for the questions after this."""
    missing = await list_missing_probes(visit.api)
    visit.probes = frozenset(GRAPHS) - missing
    if not missing:
        return Finding(Outcome.OK, f"all {len(GRAPHS)} probe graphs are hosted")
    others = sorted((await list_graphs(visit.api) or frozenset()) - set(GRAPHS))
    advice = f"host what `onceproof probes export DIR` writes, or judge {_name(others)}"
    return Finding(Outcome.WARNING, _describe(missing, others), advice)


def _describe(missing: frozenset[str], others: Sequence[str]) -> str:
    """What is missing; of a server without any probe, what it has in their place."""
    if len(missing) < len(GRAPHS):
        names = join_names(sorted(missing), 4)
        return f"it lacks {len(missing)} of the {len(GRAPHS)} probe graphs ({names})"
    found = f", but {join_names(others, 4)}" if others else ""
    return f"it hosts none of the {len(GRAPHS)} probe graphs{found}"


def _name(others: Sequence[str]) -> str:
    """How a graph of the operator's own is judged."""
    whose, name = (others[0], others[0]) if len(others) == 1 else ("a graph of your own", "NAME")
    return f"{whose} by --assistant {name} --input FILE"
