"""APP-03: a value of the state comes back from the database as another type.

Assumes: a tuple may come back as a list.
Blind to: what reducers make.
"""

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.field.application._faults import TYPE, judge_kinds
from onceproof.conformance.field.views.view import FieldView

NUMBER = 3
TITLE = "Types are themselves in another process"
TEXT = "What a node puts into the state comes back from the database as the type that it was."
LEVEL, SCOPE = "MUST", "core"


def judge(view: FieldView) -> CheckResult:
    """Judge what the logs say of it."""
    return judge_kinds("types_survive", view, (TYPE,))
