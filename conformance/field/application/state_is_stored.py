"""APP-02: a value that a node put into the state cannot be stored."""

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.field.application._faults import UNSTORABLE, judge_kinds
from onceproof.conformance.field.views.view import FieldView

NUMBER = 2
TITLE = "The state can be stored"
TEXT = "Everything that a node puts into the state can be stored, since other processes read it."
LEVEL, SCOPE = "MUST", "core"


def judge(view: FieldView) -> CheckResult:
    """Judge what the logs say of it."""
    return judge_kinds("state_is_stored", view, (UNSTORABLE,))
