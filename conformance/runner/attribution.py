"""Who is to blame when a test does not run to its end: the target or the harness.

    a test that broke   by what a target can cause               by anything else
    in its call         FAIL                                     ERROR
    before it           INCONCLUSIVE: it never got to judge      ERROR
    after it            INCONCLUSIVE if it had passed, else      ERROR
                        what it said
    after it asked for  NOT_JUDGED where a gateway gathers       ERROR
    a stream            answers, see `lumps`

Set-up and tear-down send requests to the target, too, and a target that hangs or lies there has
not broken the harness. Neither has one whose answers hold something else than what is looked for,
which `misreading` tells from a slip of the harness.
"""

import re
from typing import Any

import httpx
import pytest

from onceproof.conformance.errors import TargetError
from onceproof.conformance.runner.lumps import blame_gateway, find_spoiler
from onceproof.conformance.runner.misreading import describe_misread, find_misread
from onceproof.conformance.runner.pages import describe_page
from onceproof.conformance.runner.plugin import ids_of
from onceproof.conformance.wire.answer import NotJson
from onceproof.conformance.wire.operations import OutcomeUnknown, RunRefused
from onceproof.conformance.wire.runs import StillRunning
from onceproof.conformance.wire.streams import StreamError
from onceproof.conformance.wire.threads import CleanUpFailed
from onceproof.conformance.witness import WitnessTimeout

#: Raised when the target, not the harness, did not do what it should: a failed assertion, an answer
#: that never came, a body that is no JSON.
TARGET_ERRORS = (
    AssertionError,
    CleanUpFailed,
    httpx.HTTPError,
    OutcomeUnknown,
    RunRefused,
    StillRunning,
    StreamError,
    TargetError,
    WitnessTimeout,
    NotJson,
    TimeoutError,
    pytest.fail.Exception,
)

REQUIREMENT = "requirement"
HARNESS_FAULT = "harness-fault"
#: On the report of a set-up or a tear-down that failed because of the target.
TARGET_ASIDE = "target-aside"

ASIDE = {
    "setup": "the test could not be set up",
    "teardown": "the test passed, but its tear-down failed",
}

#: In front of messages that say enough without the name of their class.
OURS = re.compile(r"^(AssertionError|Failed|onceproof(\.\w+)+): ")


def readable(text: str) -> str:
    """Return pytest's account of an exception as a reader of the report understands it."""
    return OURS.sub("", text, 1)


def attribute_failure(
    report: pytest.TestReport, item: pytest.Item, call: pytest.CallInfo[None]
) -> None:
    """Add to the report what only the process that ran the test knows."""
    report.user_properties += [(REQUIREMENT, each) for each in ids_of(item)]
    if call.excinfo is None or call.excinfo.errisinstance(pytest.skip.Exception):
        return
    if not is_target_fault(call.excinfo.value):
        report.user_properties.append((HARNESS_FAULT, True))
    elif cause := find_spoiler(item, call.excinfo.value):
        if not blame_gateway(report, item, cause):
            _skip(report, item, f"NOT_JUDGED: {cause}")
    elif call.when in ASIDE:
        why = describe_misread(call.excinfo.value) or readable(call.excinfo.exconly())
        _skip(report, item, f"INCONCLUSIVE: {ASIDE[call.when]}: {why}")
    else:
        if sentence := describe_misread(call.excinfo.value):
            _say(report, sentence)
        if page := describe_page():
            _prefix(report, page)


def is_target_fault(error: BaseException) -> bool:
    """Return whether a target can cause this error; in a group, whether it can cause all of them.

    An attribute that JSON lacks is looked for where the target sent another kind of value.
    """
    if isinstance(error, BaseExceptionGroup):
        return all(map(is_target_fault, error.exceptions))
    if isinstance(error, AttributeError):
        return error.obj is None or isinstance(error.obj, (bool, int, float, str, list, dict))
    return isinstance(error, TARGET_ERRORS) or find_misread(error) is not None


def _say(report: pytest.TestReport, sentence: str) -> None:
    """Let the report say this in place of the exception."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        crash.message = sentence


def _prefix(report: pytest.TestReport, cause: str) -> None:
    """Let the account of a failure begin with its cause."""
    crash: Any = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        crash.message = f"{cause}: {readable(crash.message)}"


def _skip(report: pytest.TestReport, item: pytest.Item, reason: str) -> None:
    """Turn the report into the one of a skip with this reason, which begins with a verdict."""
    path, line, _ = item.reportinfo()
    report.outcome = "skipped"
    report.longrepr = (str(path), (line or 0) + 1, f"Skipped: {reason}")
    report.user_properties.append((TARGET_ASIDE, True))
