"""APP-01: a node that holds the event loop for longer than the limit of the server.

Blind to: what takes less than that.
"""

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.field.application._faults import BLOCKED, judge_kinds
from onceproof.conformance.field.views.view import FieldView

NUMBER = 1
TITLE = "Nodes let others work"
TEXT = (
    "No node holds the event loop of its worker, since every other run on it waits: async "
    "nodes await what takes time, and plain ones run in threads."
)
LEVEL, SCOPE = "MUST", "core"


def judge(view: FieldView) -> CheckResult:
    """Judge what the logs say of it."""
    return judge_kinds("nodes_yield", view, (BLOCKED,))
