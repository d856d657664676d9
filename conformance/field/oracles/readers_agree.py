"""F6: every reader of a run gets the same events, however often it was cut.

Anomaly: a reader that was cut at some event and resumed, or that joined after the end, has other
events than the one that nobody cut; an id repeats or decreases; `metadata` is not first; events
follow the terminal one; the stream says that it belongs to another run.
Assumes: resumable runs with the same modes for all readers; the uncut reader saw the end, if need
be over several connections; no fault emptied the buffers of streams.
Blind to: events that no reader got, and runs whose stream the server does not keep.
"""

import re
from itertools import pairwise

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.reader import Reader
from onceproof.conformance.field.views.run import FieldRun
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.field.words import JOINED, LIVE
from onceproof.conformance.history.record import Record

NUMBER = 6
TITLE = "Readers agree"
TEXT = (
    "A reader that is cut at any event and resumes, and one that joins later, get what an uncut "
    "reader gets: the same events, in the same order, each once."
)
LEVEL, SCOPE = "MUST", "core"
NAME = "readers_agree"
LACKS = "no run had a second reader that read to the end"

#: What identifies an event: its id, its name and the digest of its data.
Key = tuple[str | None, str, str | None]
NUMBERS = re.compile(r"\d+(-\d+)?")


def judge(view: FieldView) -> CheckResult:
    """Judge the readers of every run against the one that was not cut."""
    book = Notebook(NAME)
    judged = cuts = 0
    for run in view.accepted_runs:
        for reader in run.readers if not run.lost_events else ():
            _judge_alone(run, reader, book)
            judged += _judge_against(run, reader, book)
            cuts += reader.cuts
    return book.result(judged=judged, nothing=LACKS, cuts=cuts)


def _judge_alone(run: FieldRun, reader: Reader, book: Notebook) -> None:
    events = reader.events
    names = [each.value["name"] for each in events]
    if reader.role == LIVE and names and "metadata" in names[1:] and names[0] != "metadata":
        _accuse(run, reader, book, "metadata is not the first event", "first", (events[0],))
    for each in events:
        foreign = each.value["name"] == "metadata" and each.value.get("run_id")
        if foreign and run.run_id and foreign != run.run_id:
            what = f"the stream is that of run {foreign}"
            _accuse(run, reader, book, what, f"run {run.run_id}", (each,))
    for last, after in pairwise(events):
        if last.value["name"] == "end" and reader.role == LIVE:
            _accuse(run, reader, book, "events follow the terminal one", "none", (last, after))
    _judge_ids(run, reader, book)


def _judge_ids(run: FieldRun, reader: Reader, book: Notebook) -> None:
    shown = [each for each in reader.content if each.value.get("id")]
    seen: set[str] = set()
    highest: tuple[int, ...] = ()
    for each in shown:
        name = each.value["id"]
        if name in seen:
            _accuse(run, reader, book, f"event id {name} repeats", "each id once", (each,))
        seen.add(name)
        if NUMBERS.fullmatch(name):
            place = tuple(map(int, name.split("-")))
            if place < highest:
                _accuse(run, reader, book, f"event id {name} decreases", "ids that grow", (each,))
            highest = max(highest, place)


def _judge_against(run: FieldRun, reader: Reader, book: Notebook) -> bool:
    live = run.live
    if live is None or reader is live or not reader.is_whole or reader.modes != live.modes:
        return False
    ours, theirs = live.content, reader.content
    if reader.role == JOINED and not theirs:
        return False  # the server keeps no events of runs that are over
    for n, (one, two) in enumerate(zip(ours, theirs, strict=False)):
        if _key(one) != _key(two):
            what = f"event {n + 1} is not that of the uncut reader"
            _accuse(run, reader, book, what, _describe(one), (one, two))
            return True
    # With a run that is rolled back goes its stream, wherever a reader has got to.
    if len(ours) != len(theirs) and not run.is_rolled_back:
        what = f"it got {len(theirs)} events, the uncut reader {len(ours)}"
        _accuse(run, reader, book, what, f"{len(ours)} events", (ours or theirs)[-1:])
    return True


def _key(event: Record) -> Key:
    return event.value.get("id"), event.value["name"], event.value.get("digest")


def _describe(event: Record) -> str:
    return f"{event.value['name']} with id {event.value.get('id')}"


def _accuse(
    run: FieldRun,
    reader: Reader,
    book: Notebook,
    what: str,
    expected: str,
    records: "tuple[Record, ...] | list[Record]",
) -> None:
    who = f"its {reader.role} reader, cut {reader.cuts} times" if reader.cuts else reader.role
    last = records[-1]
    book.find(
        run.label,
        f"run {run.run_id} ({who}): {what}",
        expected=expected,
        actual=_describe(last),
        records=tuple(each.i for each in records),
    )
