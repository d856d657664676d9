"""How a test says something other than "it holds" or "it does not", and whose demand was broken.

What several tests look at, and what a test waits for before it can judge, breaks for a reason of
its own. Without a word all of them would fail for it. So whoever stages it says whose it is:

    with blame("WHK-01"):           what fails in here is for WHK-01 to say
        await expect_call(...)

A test of WHK-01 fails by it; any other is NOT_JUDGED, and says why.
"""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import NoReturn

import pytest

from onceproof.conformance.access.pages import PAGES
from onceproof.conformance.errors import (
    MissingId,
    MissingLever,
    MissingProbe,
    MissingRoute,
    NeedsExclusive,
)
from onceproof.conformance.register.wants import (
    HANDS,
    SECOND_DEPLOYMENT,
    SECOND_REPLICA,
    SERVICES,
)
from onceproof.conformance.runner.attribution import TARGET_ERRORS, is_target_fault
from onceproof.conformance.runner.misreading import ERRORS, describe_misread
from onceproof.conformance.runner.plugin import ids_of
from onceproof.conformance.stopping import stop_request
from onceproof.conformance.wire.absent_routes import JUDGED
from onceproof.conformance.wire.probes import LACKED

__all__ = ["HANDS", "SECOND_DEPLOYMENT", "SECOND_REPLICA", "SERVICES"]

#: What is raised for want of what it is not the target's duty to have.
LACKS = (MissingLever, MissingProbe, NeedsExclusive)
#: And for want of what is, but is judged elsewhere.
SILENT = (*LACKS, MissingId, MissingRoute)


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


#: What may come of a target, if `is_target_fault` says so.
_MAY_ACCUSE = (*TARGET_ERRORS, *ERRORS, AttributeError, ExceptionGroup)


class BrokenDemandError(AssertionError):
    """What broke is for these requirements to say."""

    def __init__(self, ids: tuple[str, ...], said: str) -> None:
        super().__init__(said)
        self.ids = ids

    def concerns(self, ids: Container[str]) -> bool:
        """Return whether a test of these requirements fails by it."""
        return any(one in ids for one in self.ids)

    @property
    def reason(self) -> str:
        """Why a test of another requirement cannot judge."""
        return f"what it needs did not come about, which {' and '.join(self.ids)} judges: {self}"


def begin_anew(item: pytest.Item) -> None:
    """Begin a test with nothing that earlier ones have met, and note what it judges."""
    LACKED.clear()
    PAGES.clear()
    JUDGED.clear()
    JUDGED.update(ids_of(item))


@contextmanager
def blame(*ids: str) -> Iterator[None]:
    """Let what a target breaks in the block be the matter of these requirements; the inner one
    decides where several blocks are around it."""
    __tracebackhide__ = True
    try:
        yield
    except BrokenDemandError:
        raise
    except _MAY_ACCUSE as error:
        if not is_target_fault(error):
            raise
        said = describe_misread(error) or str(error) or repr(error)
        raise BrokenDemandError(ids, said) from error


@contextmanager
def skip_what_lacks(ids: Container[str] = ()) -> Iterator[None]:
    """End a test of these requirements without a verdict if the target lacks a lever or a probe
    that it needs, if it has not named what the test asks about, if others would feel it, or if what
    broke is another requirement's matter."""
    try:
        yield
    except BrokenDemandError as error:
        if error.concerns(ids):
            raise
        not_judged(error.reason)
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
    if isinstance(error, MissingId | MissingRoute):
        inconclusive(str(error))
    not_judged(str(error))


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    one = group.exceptions[0]
    return _first(one) if isinstance(one, BaseExceptionGroup) else one
