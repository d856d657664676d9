"""How a test says something other than "it holds" or "it does not"."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest

from onceproof.conformance.errors import MissingId, MissingLever, MissingProbe, NeedsExclusive
from onceproof.conformance.register.wants import (
    HANDS,
    SECOND_DEPLOYMENT,
    SECOND_REPLICA,
    SERVICES,
)
from onceproof.conformance.stopping import stop_request
from onceproof.conformance.wire.probes import LACKED

__all__ = ["HANDS", "SECOND_DEPLOYMENT", "SECOND_REPLICA", "SERVICES"]

#: What is raised for want of what it is not the target's duty to have.
LACKS = (MissingLever, MissingProbe, NeedsExclusive)
#: And for want of what is, but is judged elsewhere.
SILENT = (*LACKS, MissingId)


def inconclusive(reason: str) -> NoReturn:
    """End the test: the situation that would have judged the requirement did not come about."""
    pytest.skip(f"INCONCLUSIVE: {reason}")


def not_judged(reason: str) -> NoReturn:
    """End the test: what it needs is not there, and to have it is not the target's duty.

    `reason` is a sentence that ends with what would have the requirement judged, such as "it needs
    a second replica: give --url twice". Requirements with the same reason are shown in one line.
    """
    pytest.skip(f"NOT_JUDGED: {reason}")


def not_applicable(reason: str) -> NoReturn:
    """End the test: the target does not have the feature, and does not claim to."""
    pytest.skip(f"NOT_APPLICABLE: {reason}")


@contextmanager
def skip_what_lacks() -> Iterator[None]:
    """End a test without a verdict if the target lacks a lever or a probe that it needs, if it has
    not named what the test asks about, or if others would feel it."""
    try:
        yield
    except SILENT as error:
        _end_without_verdict(error)
    except BaseExceptionGroup as group:
        _, rest = group.split(SILENT)
        if rest is not None:
            raise
        _end_without_verdict(_first(group))
    finally:
        # Also where the request was made beside the test, which waits in vain for what it does.
        if LACKED and not stop_request.is_made:
            not_judged(LACKED[0])


def _end_without_verdict(error: BaseException) -> NoReturn:
    if isinstance(error, MissingId):
        inconclusive(str(error))
    not_judged(str(error))


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    one = group.exceptions[0]
    return _first(one) if isinstance(one, BaseExceptionGroup) else one
