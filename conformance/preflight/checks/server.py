"""Whether an Agent Server answers, and which."""

import httpx

from onceproof.conformance.access.entrance import describe_stranger
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.visit import Visit
from onceproof.conformance.targets.health import cause, version_of

PLACE = 30


async def ask(visit: Visit) -> Finding:
    """Answer with the version, or with what answers instead."""
    try:
        health, info = await visit.api.get("/ok"), await visit.api.get("/info")
    except httpx.HTTPError as error:
        return Finding(
            Outcome.UNREACHABLE,
            f"it does not answer: {cause(error)}",
            "see whether a client certificate is asked for (--client-certificate)",
        )
    statuses = health.status_code, info.status_code
    if stranger := describe_stranger(*statuses):
        return Finding(Outcome.UNREACHABLE, *stranger)
    if health.is_server_error:
        said = f"/ok answers {statuses[0]}"
        return Finding(Outcome.WARNING, said, "read in its log what it lacks")
    return Finding(Outcome.OK, f"/ok answers {statuses[0]}, its version is {_read_version(info)}")


def _read_version(info: httpx.Response) -> str:
    try:
        return version_of(info.json()) or "unknown"
    except ValueError:
        return "unknown"
