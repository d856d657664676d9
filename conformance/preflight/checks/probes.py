"""Which graphs the server hosts, and which probe graphs are missing."""

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
    found = f", of others {join_names(others, 4)}" if others else ""
    said = f"{len(missing)} of {len(GRAPHS)} probe graphs are not hosted{found}: "
    return Finding(
        Outcome.WARNING,
        said + join_names(sorted(missing), 4),
        "host what `onceproof probes export DIR` writes, or judge a graph of yours by --assistant "
        "and --input",
    )
