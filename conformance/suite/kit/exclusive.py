"""What a test may do only where nobody else lives: marked, as data, with the reason.

    @touches_others(CROWDS)             a test that others would feel
    require_own_redis(session)          at the beginning of one that empties Redis
    spare_others(operations, session)   without those that might take a broken body for "all"

Better than a mark is a test that touches only what it made itself.
"""

from collections.abc import Iterable

import pytest

from onceproof.conformance.faults.guest import demand_own_redis
from onceproof.conformance.guest.foreign import CROWDS, STALLS, SWEEPS
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.routes import Operation
from onceproof.conformance.suite.kit.verdicts import SERVICES, not_judged

__all__ = ["CROWDS", "STALLS", "SWEEPS"]

#: They act on whatever a body selects.
SWEEPING = frozenset({"POST /runs/cancel", "POST /threads/prune"})


def touches_others(reason: str) -> pytest.MarkDecorator:
    """Mark a test that others would feel: it is not judged without --exclusive."""
    return pytest.mark.touches_others(reason)


def require_own_redis(session: Session) -> None:
    """Require a Redis that is known here, and that may be emptied."""
    if not session.stack.redis_uri:
        not_judged(SERVICES)
    demand_own_redis(session)


def spare_others(operations: Iterable[Operation], session: Session) -> list[Operation]:
    """Select the operations that cannot hit what others made, whatever becomes of their body."""
    everything = session.options.is_exclusive
    return [each for each in operations if everything or str(each) not in SWEEPING]
