"""What a session will not judge, said before anything runs."""

from collections.abc import Collection

from onceproof.conformance.preflight.foresight import foresee, list_lacks
from onceproof.conformance.session import Session


def foresee_session(
    session: Session, only: Collection[str] = (), *, has_graph: bool = False
) -> str | None:
    """Return the sentence for a target that has started, None if everything may be judged; see
    `preflight.foresight`."""
    lacks = list_lacks(session.options) if session.options.urls else _list_lacks(session)
    return foresee(lacks, session.guard.missing, only, has_graph=has_graph)


def _list_lacks(session: Session) -> frozenset[str]:
    """What a target that is started here lacks."""
    has = {
        "deployment": session.target.offers("second-deployment"),
        "hands": session.target.levers is not None,
        "services": session.stack.levers() is not None,
        "replica": len(session.target.urls) > 1,
    }
    return frozenset(name for name, is_there in has.items() if not is_there)
