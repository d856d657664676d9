"""What is made on a target carries the mark, or is written down."""

import json
from pathlib import Path

import pytest

from onceproof.conformance.guest import Guest, Mark, has_mark, without_mark
from onceproof.conformance.guest.creation import mark_body, note_answer, note_location
from onceproof.conformance.guest.journal import Journal, Made, read_journals

GUEST = Guest(Mark("abc"))
THREAD = "5c1f1b1e-0000-4000-8000-000000000001"


@pytest.fixture
def guest(tmp_path: Path) -> Guest:
    return Guest(Mark("abc"), Journal(tmp_path / "made.jsonl"))


@pytest.mark.parametrize(
    "path",
    [
        "/threads",
        "/assistants",
        "/runs",
        "/runs/wait",
        "/runs/stream",
        "/runs/crons",
        f"/threads/{THREAD}/runs",
        f"/threads/{THREAD}/runs/stream",
        f"/threads/{THREAD}/runs/crons",
        "/behind/a/prefix/threads",
    ],
)
@pytest.mark.parametrize("body", [{}, {"a": 1}, {"metadata": {"b": 2}}, {"metadata": None}])
def test_whatever_makes_something_is_given_the_mark(path: str, body: dict[str, object]) -> None:
    sent = json.loads(mark_body(GUEST, "POST", path, json.dumps(body).encode()))
    assert has_mark(sent["metadata"], "abc")
    assert without_mark(sent["metadata"]) == (body.get("metadata") or {})
    assert {**sent, "metadata": None} == {**body, "metadata": None}


@pytest.mark.parametrize("spaces", [0, 10, 1_000])
def test_a_body_that_is_filled_up_is_not_longer_with_the_mark(spaces: int) -> None:
    body = b'{"if_exists": "raise"}'
    sent = mark_body(GUEST, "POST", "/threads", body + b" " * spaces)
    assert json.loads(sent)["if_exists"] == "raise"
    assert len(sent) == max(len(mark_body(GUEST, "POST", "/threads", body)), len(body) + spaces)


def test_every_run_of_a_batch_is_given_the_mark() -> None:
    sent = json.loads(mark_body(GUEST, "POST", "/runs/batch", b'[{"input": 1}, {"metadata": {}}]'))
    assert [each["metadata"] for each in sent] == [Mark("abc").metadata] * 2


@pytest.mark.parametrize(
    "method, path",
    [
        ("PATCH", f"/threads/{THREAD}"),
        ("POST", "/threads/search"),
        ("POST", f"/threads/{THREAD}/state"),
        ("POST", "/runs/cancel"),
        ("POST", "/runs/crons/search"),
    ],
)
def test_nothing_that_is_there_already_is_given_the_mark(method: str, path: str) -> None:
    body = b'{"metadata": {"a": 1}}'
    assert mark_body(GUEST, method, path, body) == body


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'{"metadata": 5}', b"null", '{"a": 1}'.encode("utf-16"), b"\xff"]
)
def test_a_body_that_cannot_carry_the_mark_is_sent_as_it_is(body: bytes) -> None:
    assert mark_body(GUEST, "POST", "/threads", body) == body


@pytest.mark.parametrize("depth", [100, 900, 950, 980, 990, 100_000])
def test_a_body_however_deep_is_sent(depth: int) -> None:
    body = b'{"metadata": {"deep": ' + b"[" * depth + b"]" * depth + b"}}"
    assert b"deep" in mark_body(GUEST, "POST", "/threads", body)


def test_odd_text_is_sent_byte_by_byte() -> None:
    body = rb'{"input": {"a": "\ud800", "n": 1e400, "n": 2}}'
    assert mark_body(GUEST, "POST", "/runs", body).endswith(body[1:])


def test_without_a_mark_nothing_changes() -> None:
    assert mark_body(Guest(), "POST", "/threads", b"{}") == b"{}"


def read(guest: Guest) -> list[Made]:
    assert guest.journal is not None
    return list(read_journals(guest.journal.path.parent))


def test_an_id_chosen_here_is_written_down_before_the_request_if_there_is_no_mark(
    guest: Guest,
) -> None:
    body = {"if_not_exists": "create", "metadata": 5}
    mark_body(guest, "POST", f"/threads/{THREAD}/runs", json.dumps(body).encode())
    mark_body(guest, "PUT", "/store/items", b'{"namespace": ["x"], "key": "k", "value": {}}')
    assert read(guest) == [Made("thread", THREAD), Made("item", "k", ("x",))]


def test_an_answer_without_the_mark_is_written_down_and_one_with_it_is_not(guest: Guest) -> None:
    note_answer(guest, "POST", "/threads", lambda: {"thread_id": "1", "metadata": {}})
    note_answer(
        guest, "POST", "/threads", lambda: {"thread_id": "2", "metadata": Mark("abc").metadata}
    )
    note_answer(guest, "POST", f"/threads/{THREAD}/copy", lambda: {"thread_id": "3"})
    note_answer(guest, "POST", "/threads/search", lambda: [{"thread_id": "4", "metadata": {}}])
    note_answer(guest, "POST", "/runs/crons", lambda: {"cron_id": "5", "thread_id": "6"})
    note_answer(
        guest, "POST", f"/threads/{THREAD}/runs", lambda: {"thread_id": THREAD, "run_id": "7"}
    )
    assert [(made.kind, made.id) for made in read(guest)] == [
        ("thread", "1"),
        ("thread", "3"),
        ("cron", "5"),
    ]


def test_the_thread_of_a_stateless_run_is_written_down(guest: Guest) -> None:
    note_location(guest, "POST", "/runs/stream", f"/threads/{THREAD}/runs/9")
    note_location(guest, "POST", "/threads/7/runs/stream", "/threads/7/runs/9")
    assert read(guest) == [Made("thread", THREAD)]


def test_a_line_that_was_cut_off_by_a_kill_is_passed_over(guest: Guest) -> None:
    assert guest.journal is not None
    guest.journal.note("thread", "1")
    with guest.journal.path.open("ab") as file:
        file.write(b'{"kind": "thr')
    assert read(guest) == [Made("thread", "1")]
