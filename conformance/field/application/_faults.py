"""What the logs say of an application, by the kind of it."""

from collections.abc import Collection

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import APP_FAULT
from onceproof.conformance.history.record import Record

NO_RUN = "no run of the application came to an end"

#: What has an oracle of its own; anything else is an exception that a node raised.
BLOCKED, UNSTORABLE, TYPE = "NodeBlocked", "StateNotStorable", "type"
EXIT, DIED = "SystemExit", "died"
OF_ITS_OWN = frozenset({BLOCKED, UNSTORABLE, TYPE, EXIT, DIED})
#: Of the server and not of the application.
INTERNAL = "internal"


def list_faults(view: FieldView) -> list[Record]:
    """List what was noted; a run that met a fault of ours has lost its worker by it."""
    noted = [mark for mark in view.marks if mark.op == APP_FAULT]
    struck = {run.run_id for run in view.accepted_runs if run.faults}
    return [n for n in noted if not (n.value["lost"] and n.value["run_id"] in struck)]


def judge_kinds(name: str, view: FieldView, kinds: Collection[str]) -> CheckResult:
    """Accuse the application of what was noted of these kinds."""
    book = Notebook(name)
    for noted in list_faults(view):
        if noted.value["kind"] in kinds:
            accuse(noted, book)
    return book.result(judged=count_ends(view), nothing=NO_RUN)


def accuse(noted: Record, book: Notebook) -> None:
    """Write down what was noted, once for each sentence, whichever runs it befell."""
    book.find(
        "the application",
        str(noted.value["text"]),
        expected="none",
        actual=f"run {noted.value['run_id']}" if noted.value["run_id"] else "see the logs",
        records=(noted.i,),
    )


def count_ends(view: FieldView) -> int:
    """Count the runs that came to an end."""
    return sum(run.first_end is not None for run in view.accepted_runs)
