"""APP-04: a node called sys.exit, or its process died of it."""

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.field.application._faults import DIED, EXIT, judge_kinds
from onceproof.conformance.field.views.view import FieldView

NUMBER = 4
TITLE = "Nodes end no process"
TEXT = "No node calls sys.exit or ends the process that executes it."
LEVEL, SCOPE = "MUST", "core"


def judge(view: FieldView) -> CheckResult:
    """Judge what the logs say of it."""
    return judge_kinds("nodes_end_no_process", view, (EXIT, DIED))
