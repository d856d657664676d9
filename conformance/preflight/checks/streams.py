"""Whether events arrive while the run is going on, or in one lump when it is over."""

from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.gateways import explain_lumps, name_gateway
from onceproof.conformance.preflight.visit import Visit

PLACE = 90


async def ask(visit: Visit) -> Finding | None:
    """Answer with how the stream of the one run arrived."""
    trial = visit.trial
    if trial is None or trial.live is None:
        return None
    if not trial.live:
        said, _, advice = explain_lumps(trial.headers).partition("; ")
        return Finding(Outcome.WARNING, said, advice)
    gateway = name_gateway(trial.headers)
    through = f", through {gateway.name}" if gateway else ""
    return Finding(Outcome.OK, f"events arrive while the run is going on{through}")
