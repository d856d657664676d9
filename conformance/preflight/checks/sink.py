"""Whether nodes that the server executes reach the harness: most verdicts rest on what they say."""

from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.trial import Trial
from onceproof.conformance.preflight.visit import Visit

PLACE = 80


async def ask(visit: Visit) -> Finding | None:
    """Answer with whether the node of the one run was heard here."""
    if visit.trial is None or visit.trial.refused is not None:
        return None
    return judge(visit.trial)


def judge(trial: Trial) -> Finding:
    """Return whether a node of this run was heard."""
    if trial.heard:
        return Finding(Outcome.OK, f"a node reaches the harness at {trial.sink}")
    return Finding(
        Outcome.WARNING,
        f"a run ended with {trial.status}, but its node did not reach the harness at {trial.sink}",
        "name by --witness-address an address of this machine that the server reaches",
    )
