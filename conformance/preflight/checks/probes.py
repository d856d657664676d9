"""Which graphs the server hosts, and which probe graphs are missing."""

import httpx

from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.visit import Visit
from onceproof.conformance.probes import GRAPHS
from onceproof.reports.text import join_names

PLACE = 60
_LIMIT = 1000


async def ask(visit: Visit) -> Finding:
    """Answer with the probes that are there, and note all graphs for the questions after this."""
    answer = await visit.api.post("/assistants/search", json={"limit": _LIMIT})
    visit.graphs = _read_graphs(answer)
    probes = set(GRAPHS)
    missing = sorted(probes - visit.graphs)
    if not missing:
        return Finding(Outcome.OK, f"all {len(probes)} probe graphs are hosted")
    others = sorted(visit.graphs - probes)
    found = f", of others {join_names(others, 4)}" if others else ""
    said = f"{len(missing)} of {len(probes)} probe graphs are not hosted{found}: "
    return Finding(
        Outcome.WARNING,
        said + join_names(missing, 4),
        "host what `onceproof probes export DIR` writes; their requirements cannot be judged",
    )


def _read_graphs(answer: httpx.Response) -> set[str]:
    try:
        listed = answer.json() if answer.is_success else []
    except ValueError:
        return set()
    rows = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return {str(each.get("graph_id")) for each in rows}
