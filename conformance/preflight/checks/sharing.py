"""Whether somebody uses one of the two databases but not the other, if both URIs are given."""

from onceproof.conformance.preflight.finding import Finding
from onceproof.conformance.preflight.stack.asked import warn
from onceproof.conformance.preflight.stack.sharing import find_strangers
from onceproof.conformance.preflight.visit import Visit

PLACE = 120


async def ask(visit: Visit) -> list[Finding]:
    """Answer with who may be of another deployment, in a question."""
    if visit.postgres is None or visit.redis is None:
        return []
    return warn(find_strangers(visit.postgres, visit.redis))
