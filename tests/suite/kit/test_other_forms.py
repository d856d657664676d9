"""What a right server may add or write otherwise, and what is missing all the same."""

import httpx
import pytest

from onceproof.conformance.suite.auth.asking import is_refusal
from onceproof.conformance.suite.auth.test_handlers import is_about
from onceproof.conformance.suite.kit.assertions import expect_values
from onceproof.conformance.suite.kit.streams import event_names, parse_events

LOOSE = b': hello\n\nretry:5\nevent:error\ndata:{\ndata: "message": "404: none"}\n\n'


def stream(content: bytes, kind: str = "text/event-stream;charset=utf-8") -> httpx.Response:
    return httpx.Response(200, headers={"content-type": kind}, content=content)


def test_values_may_stand_among_others() -> None:
    expect_values("metadata", {"mine": 1, "created_by": "user"}, {"mine": 1})


@pytest.mark.parametrize("shown", [{}, {"mine": 2}, {"created_by": "user"}])
def test_values_that_are_missing_or_others_are_a_failure(shown: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match="metadata is"):
        expect_values("metadata", shown, {"mine": 1})


def test_events_are_read_as_the_standard_has_them() -> None:
    [error] = parse_events(stream(LOOSE))
    assert (error.name, error.json()) == ("error", {"message": "404: none"})
    assert parse_events(stream(LOOSE, "application/json")) == []


def test_a_refusal_may_be_the_only_event_of_a_stream() -> None:
    assert is_refusal(stream(LOOSE), 404)
    assert is_refusal(stream(LOOSE + b"event: end\ndata: null\n\n"), 404)
    assert not is_refusal(stream(LOOSE), 403)
    assert not is_refusal(stream(b"event: values\ndata: {}\n\n" + LOOSE), 404)
    assert event_names(parse_events(stream(b"event: end\ndata: null\n\n"))) == []


def test_a_handlers_sentence_may_stand_in_a_longer_one() -> None:
    text = '{"detail": "no: x was asked about threads.create. See the manual", "code": 1}'
    assert is_about("threads.create", text)
    assert not is_about("threads.create", text.replace("create.", "create_run."))
