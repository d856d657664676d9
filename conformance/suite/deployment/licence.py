"""Targets whose licence service can be replaced by one of ours."""

from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.verdicts import inconclusive


def require_licence_service(session: Session) -> None:
    """Require such a target; inconclusive for any other."""
    if not session.target.offers("licence-service"):
        inconclusive("it is unknown how to replace this target's licence service")
