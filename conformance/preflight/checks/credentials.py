"""Whether the server lets us in."""

import httpx

from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.visit import Visit

PLACE = 40


async def ask(visit: Visit) -> Finding:
    """Answer whether a read of the API is allowed with the headers that were given."""
    answer = await visit.api.post("/threads/search", json={"limit": 1})
    sent = ", ".join(visit.options.way.headers.names) or "no header"
    if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return Finding(
            Outcome.REFUSES,
            f"it answers {answer.status_code} to a read with {sent}",
            "give what it asks for, such as --header x-api-key=env:NAME",
        )
    if answer.is_error:
        said = f"POST /threads/search answers {answer.status_code}"
        return Finding(Outcome.WARNING, said, "its requirements will fail")
    return Finding(Outcome.OK, f"it lets us in with {sent}")
