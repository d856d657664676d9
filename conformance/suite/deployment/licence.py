"""Who can be told of another licence service than its vendor's."""

from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.verdicts import inconclusive


def licensed(session: Session) -> None:
    """Ends the test as INCONCLUSIVE where that is not known of the target."""
    if not session.target.offers("licence-service"):
        inconclusive("how this target's licence service could be replaced is not known")
