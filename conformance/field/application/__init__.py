"""What is asked of an application that is hosted for its own sake, beside what is asked of servers.

Modules as in `conformance.field.oracles`. They judge what the logs of the reference server say of
its nodes, and what became of its runs; they speak to whoever wrote the application.
"""

from collections.abc import Sequence

from onceproof.conformance.checks.result import CheckResult
from onceproof.conformance.field.oracles import load_oracles
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import HOSTED
from onceproof.conformance.history.record import Record

APPLICATION = load_oracles(__name__, __path__, "APP")


def judge_application(records: Sequence[Record]) -> list[CheckResult]:
    """Let every one judge the records; none of a target that is there for others."""
    if not any(record.op == HOSTED for record in records):
        return []
    view = FieldView(records)
    return [oracle.judge(view) for oracle in APPLICATION.values()]
