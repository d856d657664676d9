"""Whose doing it is that a test did not come to its end: the target's, or the harness' own.

    a test that broke   by what a target can cause               by anything else
    in its call         FAIL                                     ERROR
    before it           INCONCLUSIVE: it never got to judge      ERROR
    after it            INCONCLUSIVE if it had passed, else      ERROR
                        what it said

What a test starts from and clears away is asked of the target, too, and one that hangs or lies
there has not broken the harness. A look-up in what the target sent counts as the target's doing
in every phase: a slip of the harness would show on the reference server, which must pass.
"""

import re

import httpx
import pytest

from onceproof.conformance.errors import TargetError
from onceproof.conformance.runner.plugin import ids_of
from onceproof.conformance.wire.operations import OutcomeUnknown, RunRefused
from onceproof.conformance.wire.runs import StillRunning
from onceproof.conformance.wire.streams import StreamError
from onceproof.conformance.wire.threads import CleanUpFailed
from onceproof.conformance.witness import WitnessTimeout

#: What is raised when the target, not the harness, did not do what it should: besides a failed
#: assertion an answer that never came, and a JSON body without the field that was read.
TARGETS_FAULT = (
    AssertionError,
    CleanUpFailed,
    httpx.HTTPError,
    OutcomeUnknown,
    RunRefused,
    StillRunning,
    StreamError,
    TargetError,
    WitnessTimeout,
    TimeoutError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    pytest.fail.Exception,
)

REQUIREMENT = "requirement"
HARNESS_FAULT = "harness-fault"
#: On the report of a set-up or a tear-down that the target did not let through.
TARGET_ASIDE = "target-aside"

ASIDE = {
    "setup": "what the test begins with did not come about",
    "teardown": "the test held, and what it left could not be cleared away",
}


#: Before sentences that need no name of a class.
OURS = re.compile(r"^(AssertionError|Failed|onceproof(\.\w+)+): ")
LACKS = re.compile(r"^KeyError: ")


def in_words(text: str) -> str:
    """What pytest tells of an exception, as a reader of the report understands it."""
    return LACKS.sub("an answer of the target lacks ", OURS.sub("", text, 1), 1)


def annotate(report: pytest.TestReport, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Say in the report what only the process that ran the test knows."""
    report.user_properties += [(REQUIREMENT, each) for each in ids_of(item)]
    if call.excinfo is None or call.excinfo.errisinstance(pytest.skip.Exception):
        return
    if not targets_fault(call.excinfo.value):
        report.user_properties.append((HARNESS_FAULT, True))
    elif call.when in ASIDE:
        _skip(report, item, f"{ASIDE[call.when]}: {in_words(call.excinfo.exconly())}")


def targets_fault(error: BaseException) -> bool:
    """Whether a target can cause it; of several errors each must be of that kind.

    An attribute that JSON lacks is looked for where the target sent another kind of value.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(map(targets_fault, error.exceptions))
    if isinstance(error, AttributeError):
        return error.obj is None or isinstance(error.obj, (bool, int, float, str, list, dict))
    return isinstance(error, TARGETS_FAULT)


def _skip(report: pytest.TestReport, item: pytest.Item, reason: str) -> None:
    """Turn the report into the one that `inconclusive(reason)` leads to."""
    path, line, _ = item.reportinfo()
    report.outcome = "skipped"
    report.longrepr = (str(path), (line or 0) + 1, f"Skipped: INCONCLUSIVE: {reason}")
    report.user_properties.append((TARGET_ASIDE, True))
