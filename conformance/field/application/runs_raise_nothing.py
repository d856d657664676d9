"""APP-05: a run raised an exception.

Blind to: nothing of this, but a graph may raise on purpose, so a finding is something to look at.
"""

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.application._faults import (
    INTERNAL,
    NO_RUN,
    OF_ITS_OWN,
    accuse,
    count_ends,
    list_faults,
)
from onceproof.conformance.field.views.view import FieldView

NUMBER = 5
TITLE = "Runs raise nothing"
TEXT = "No run of these inputs ends by an exception that a node raised."
LEVEL, SCOPE = "SHOULD", "core"


def judge(view: FieldView) -> CheckResult:
    """Judge the exceptions that the logs name."""
    book = Notebook("runs_raise_nothing")
    for noted in list_faults(view):
        if noted.value["kind"] not in OF_ITS_OWN | {INTERNAL}:
            accuse(noted, book)
    return book.result(judged=count_ends(view), nothing=NO_RUN)
