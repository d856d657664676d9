"""The part of the assumptions that concerns the sink: each sign belongs to one execution.

An execution begins once and ends at most once (a killed worker leaves it open); its other signs
come in between and carry the nonce it began with. One whose result was committed did end, since
the probe says so before it returns: otherwise signs are missing and nothing counted at the sink
can be trusted.
"""

from onceproof.conformance.checks.result import Notebook
from onceproof.conformance.checks.views.view import View
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import BEGINS, ENDS


def judge(view: View, notes: Notebook) -> int:
    """Find signs that belong to no execution; returns how many executions began."""
    begun: dict[int, Record] = {}
    ended: dict[int, Record] = {}
    for record in view.parts.signs:
        token = record.value["token"]
        if record.op in BEGINS:
            if begun.setdefault(token, record) is not record:
                _twice("began", record, begun[token], notes)
        elif token not in begun or begun[token].key != record.key:
            sentence = f"{record.op} of token {token} belongs to no execution of {record.key}"
            before = begun.get(token)
            notes.accuse(record, sentence, expected="its begin", actual="none", before=before)
        if record.op in ENDS and ended.setdefault(token, record) is not record:
            _twice("ended", record, ended[token], notes)
    _judge_commits(view, begun, ended, notes)
    return len(begun)


def _twice(what: str, record: Record, first: Record, notes: Notebook) -> None:
    sentence = f"token {record.value['token']} {what} twice"
    notes.accuse(record, sentence, expected="once", actual="twice", before=first)


def _judge_commits(
    view: View,
    begun: dict[int, Record],
    ended: dict[int, Record],
    notes: Notebook,
) -> None:
    for record, log in view.logs:
        for token in (entry["token"] for entry in log):
            if token in begun and token not in ended:
                sentence = f"token {token} is committed, but the sink never saw it end"
                notes.accuse(
                    record, sentence, expected="its end", actual="none", before=begun[token]
                )
