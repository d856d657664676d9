"""Whether a process of the target is up, asked where that server says so."""

from collections.abc import Sequence

from onceproof.conformance.session import Session
from onceproof.conformance.targets.health import HEALTH_PATHS
from onceproof.conformance.wire.client import Api

NOT_FOUND = 404


def health_paths(session: Session) -> Sequence[str]:
    """The path that the target's profile names, or those of the servers that are known."""
    named = session.options.profile.start.health
    return (named,) if named else HEALTH_PATHS


async def health(api: Api, session: Session, *, at: int = 0) -> int:
    """The status of the first health path that a replica knows; 404 if it knows none."""
    for path in health_paths(session):
        response = await api.get(path, at=at)
        if response.status_code != NOT_FOUND:
            return response.status_code
    return NOT_FOUND
