"""Who can be told of another licence service than its vendor's."""

from conformance.session import Session
from conformance.suite.signals import inconclusive


def licensed(session: Session) -> None:
    """Ends the test as INCONCLUSIVE where that is not known of the target."""
    if session.target.kind != "reference":
        inconclusive("how this target's licence service could be replaced is not known")
