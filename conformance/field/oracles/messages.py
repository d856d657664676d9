"""F9: messages keep their books.

Anomaly, in a list of messages that all have ids: an id stands twice; a message that an earlier view
of the thread had is gone, and no removal was streamed; a tool call has no answer before the model's
next message, in a run that succeeded; the chunks that were streamed with one id do not add up to
the text of that message in the state, or one that was streamed whole is stored under another id.
Assumes: the channel is reduced by `add_messages`; one without ids is not judged.
Blind to: nothing of this, but a node may rewrite messages on purpose, so a finding is something to
look at and no failure.
"""

from collections import Counter
from itertools import pairwise

from onceproof.conformance.checks.result import CheckResult, Notebook
from onceproof.conformance.field.views.thread import FieldThread
from onceproof.conformance.field.views.view import FieldView
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.values import Json

NUMBER = 9
TITLE = "Messages keep their books"
TEXT = (
    "In a list of messages no id stands twice and no message vanishes without a removal, each tool "
    "call has its answer, and streamed chunks add up to the message that is stored."
)
LEVEL, SCOPE = "SHOULD", "ext"
NAME = "messages"
LACKS = "no state held a list of messages with ids"


def judge(view: FieldView) -> CheckResult:
    """Judge the messages in every state that was read."""
    book = Notebook(NAME)
    judged = 0
    for thread in view.threads.values():
        states = [each for each in thread.list_views("thread.state") if _channels(each)]
        judged += bool(states)
        for state in states:
            for name, messages in _channels(state).items():
                _judge_list(thread, state, (name, messages), book)
                _judge_chunks(thread, state, messages, book)
        for before, after in pairwise(states):
            _judge_losses(thread, before, after, book)
    return book.result(judged=judged, nothing=LACKS)


def _channels(state: Record) -> dict[str, list[Json]]:
    shown: dict[str, list[Json]] = state.value.get("messages") or {}
    return {name: each for name, each in shown.items() if each and all(m.get("id") for m in each)}


def _judge_list(
    thread: FieldThread, state: Record, channel: tuple[str, list[Json]], book: Notebook
) -> None:
    name, messages = channel
    for twice, number in Counter(each["id"] for each in messages).items():
        if number > 1:
            what = f"message {twice} stands {number} times in {name!r}"
            _accuse(thread, what, "each id once", (state,), book)
    # A run that was stopped may leave a call open, and the next one may go on after it.
    if not all(run.status == "success" and run.ran_freely for run in thread.accepted_runs):
        return
    open_calls: dict[str, str] = {}
    for each in messages:
        if each["type"] == "ai" and open_calls:
            what = f"tool call {next(iter(open_calls))} has no answer before the next message"
            _accuse(thread, what, "an answer to each call", (state,), book)
            open_calls.clear()
        open_calls |= dict.fromkeys(each.get("calls") or (), each["id"])
        open_calls.pop(each.get("answers") or "", None)


def _judge_losses(thread: FieldThread, before: Record, after: Record, book: Notebook) -> None:
    events = [each for run in thread.accepted_runs for r in run.readers for each in r.events]
    removals = {name for each in events for name in each.value.get("removes") or ()}
    if "__remove_all__" in removals:
        return
    for name, messages in _channels(before).items():
        there = {each["id"] for each in (after.value.get("messages") or {}).get(name, ())}
        gone = [each["id"] for each in messages if each["id"] not in there | removals]
        if gone:
            what = f"message {gone[0]} of {name!r} vanished"
            _accuse(thread, what, "a removal that was streamed", (before, after), book)


def _judge_chunks(thread: FieldThread, state: Record, messages: list[Json], book: Notebook) -> None:
    stored = {each["id"]: each.get("text") for each in messages}
    # Texts may be alike: what was streamed under its own id is not another message.
    own = stored.keys() & _find_names(thread)
    unnamed = {digest for name, digest in stored.items() if name not in own}
    for run in thread.accepted_runs:
        if run.live is None or run.status != "success" or run.attempts > 1 or run.faults:
            continue
        # What was read earlier may hold the same words under the id of another run's message.
        for ending in (each for each in run.live.endings if each.i < state.i):
            for name, digest in (ending.value.get("texts") or {}).items():
                if stored.get(name) not in (None, digest):
                    what = f"the chunks of message {name} do not add up to its text"
                    _accuse(thread, what, "the same text", (ending, state), book)
            for name, digest in (ending.value.get("wholes") or {}).items():
                if name not in stored and digest in unnamed:
                    what = f"message {name} was streamed under an id that it is not stored under"
                    _accuse(thread, what, "one id", (ending, state), book)


def _find_names(thread: FieldThread) -> set[str]:
    endings = [each for run in thread.accepted_runs for r in run.readers for each in r.endings]
    kinds = ("texts", "wholes")
    return {name for each in endings for kind in kinds for name in each.value.get(kind) or ()}


def _accuse(
    thread: FieldThread, what: str, expected: str, records: tuple[Record, ...], book: Notebook
) -> None:
    indices = tuple(each.i for each in records)
    book.find(thread.id, what, expected=expected, actual="see the records", records=indices)
