"""How many requirements a certification of this target would not judge, and for want of what."""

from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.foresight import foresee, list_lacks
from onceproof.conformance.preflight.visit import Visit
from onceproof.conformance.probes import GRAPHS

PLACE = 130


async def ask(visit: Visit) -> Finding:
    """Answer with the number, and with what would have them judged."""
    missing = frozenset(GRAPHS) - visit.probes
    said = foresee(list_lacks(visit.options), missing)
    return Finding(Outcome.OK, said or "every requirement may be judged")
