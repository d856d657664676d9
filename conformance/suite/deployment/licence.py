"""Targets whose licence service can be replaced by one of ours.

A target that is known to offer that is held to it. Any other that we start is given our service and
an invented key, unless it has a key of its own: nobody's service is to be asked about ours, and a
server that cannot do without a key was given one. What then asks our service is judged, too.
"""

from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.witness import Beacon

KEY = "LANGGRAPH_CLOUD_LICENSE_KEY"


def may_name_service(session: Session) -> bool:
    """Return whether a second deployment is given a licence service and a key of ours."""
    own = {**session.options.profile.start.env, **session.options.resolve_env()}
    return session.target.offers("licence-service") or KEY not in own


def require_licence_service(session: Session, beacon: Beacon) -> None:
    """Require a target that `beacon` was named to, and that asks it; inconclusive for any other."""
    if session.target.offers("licence-service"):
        return
    if not may_name_service(session):
        inconclusive(f"it has a {KEY} of its own, about which only its vendor's service is asked")
    if not beacon.verifications:
        inconclusive("it did not ask the licence service that LANGGRAPH_BEACON_ENDPOINT names")
