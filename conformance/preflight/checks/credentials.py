"""Whether the server lets us in."""

from onceproof.conformance.access.entrance import READ, describe_refusal
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.visit import Visit

PLACE = 40


async def ask(visit: Visit) -> Finding:
    """Answer whether a read of the API is allowed with the headers that were given."""
    path, body = READ
    names = visit.options.way.headers.names
    answer = await visit.api.post(path, json=body)
    if refusal := describe_refusal(answer.status_code, names):
        return Finding(Outcome.REFUSES, *refusal)
    if answer.is_error:
        said = f"POST {path} answers {answer.status_code}"
        return Finding(Outcome.WARNING, said, "read in its log why")
    sent = f"with {', '.join(names)}" if names else "without credentials"
    return Finding(Outcome.OK, f"it answers a read {sent}")
