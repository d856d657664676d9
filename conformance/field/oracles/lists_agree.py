"""F14: lists of our threads and runs agree with what we did.

Anomaly: a search by our mark does not find each of our threads once, or finds a foreign one; a
count, the pages together, or a status filter say otherwise; the runs of a thread are not those that
were accepted and not rolled back, or a list shows a run at rest with another status than it has.
Assumes: filters by metadata; all our threads are at rest.
Blind to: threads of others.
"""

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.thread import FieldThread
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import LATE, REST
from onceproof.conformance.history.record import Record

NUMBER = 14
TITLE = "Lists agree"
TEXT = (
    "Search, count, pages and status filters over threads, and the list of a thread's runs, show "
    "what was done, each thing once."
)
LEVEL, SCOPE = "MUST", "core"
NAME = "lists_agree"
LACKS = "no list could be read"


def judge(view: FieldView) -> CheckResult:
    """Judge the lists that were read when everything was at rest."""
    book = Notebook(NAME)
    threads = {each.key for each in view.marks if each.op == "thread.made"}
    for listing in view.lists:
        _judge_threads(view, listing, threads, book)
    judged = len(view.lists)
    for thread in view.threads.values():
        for listing in thread.list_views("thread.runs", REST, LATE):
            judged += 1
            _judge_runs(thread, listing, book)
    return book.result(judged=judged, nothing=LACKS)


def _judge_threads(
    view: FieldView, listing: Record, threads: set[str | None], book: Notebook
) -> None:
    value, asked = listing.value, listing.value.get("status")
    expected = {each for each in threads if asked is None or _status(view, each) == asked}
    if listing.op == "list.count":
        if value["count"] != len(expected):
            _accuse(listing, "count", f"{len(expected)} threads", str(value["count"]), book)
        return
    ids: list[str] = value["ids"]
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        _accuse(listing, "search", "each thread once", f"twice: {twice[0]}", book)
    missing, foreign = expected - set(ids), set(ids) - expected
    if missing or foreign:
        actual = f"{len(missing)} missing, {len(foreign)} that do not belong there"
        _accuse(listing, "search", f"{len(expected)} threads", actual, book)


def _status(view: FieldView, thread_id: str | None) -> str | None:
    thread = view.threads.get(thread_id or "")
    reads = thread.list_views("thread.read", REST) if thread else []
    return reads[-1].value.get("status") if reads else None


def _judge_runs(thread: FieldThread, listing: Record, book: Notebook) -> None:
    shown = {each["run_id"]: each["status"] for each in listing.value["runs"]}
    if len(shown) != len(listing.value["runs"]):
        _accuse(listing, "list of runs", "each run once", "one twice", book)
    for run in thread.accepted_runs:
        if run.is_rolled_back:
            continue
        if run.run_id not in shown:
            _accuse(listing, "list of runs", f"run {run.run_id}", "not in it", book)
        elif run.status and shown[run.run_id] != run.status:
            what = f"run {run.run_id} {run.status}"
            _accuse(listing, "list of runs", what, str(shown[run.run_id]), book)
    for foreign in sorted(shown.keys() - {run.run_id for run in thread.accepted_runs}):
        _accuse(listing, "list of runs", "only runs that were accepted", foreign, book)


def _accuse(listing: Record, what: str, expected: str, actual: str, book: Notebook) -> None:
    book.find(
        listing.key or "",
        f"the {what} ({listing.key}) is not what was done: {actual}",
        expected=expected,
        actual=actual,
        records=(listing.i,),
    )
