"""Whether a run is executed at all: an API without a living worker accepts everything.

The run is one of a probe graph, on a thread of its own that is deleted afterwards; without that
probe nothing is run. The questions after this one are answered by the same run.
"""

from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.trial import GRAPH, Trial, open_sink, try_run
from onceproof.conformance.preflight.visit import Visit

PLACE = 70


async def ask(visit: Visit) -> Finding:
    """Answer with what became of one short run."""
    if GRAPH not in visit.probes:
        said = f"whether runs are executed is not tried without the probe {GRAPH!r}"
        return Finding(Outcome.WARNING, said, "host it to see")
    try:
        async with open_sink(visit.options.witness_address) as sink:
            visit.trial = await try_run(visit.api, sink)
    except OnceproofError as error:
        return Finding(Outcome.REFUSES, str(error), "name another by --witness-address")
    return judge(visit.trial)


def judge(trial: Trial) -> Finding:
    """Return whether a server that did this executes runs."""
    if trial.refused is not None:
        said = f"a run of the probe {GRAPH!r} is refused with {trial.refused}"
        return Finding(Outcome.WARNING, said, "read in its log why")
    if trial.status == "unknown":
        said = "a run is accepted, but the list of its thread's runs does not show it"
        return Finding(Outcome.WARNING, said, "read in its log why")
    if not (trial.is_over or trial.heard):
        return Finding(
            Outcome.UNREACHABLE,
            f"a run is accepted, but still {trial.status} after {trial.limit_s:g} s",
            "see whether a worker is alive, and uses the same database and Redis as the API",
        )
    if trial.heard and trial.status != "success":
        said = f"a run of the probe {GRAPH!r} ended with {trial.status}"
        return Finding(Outcome.WARNING, said, "read in its log why")
    return Finding(Outcome.OK, f"a run is executed and ends with {trial.status}")
