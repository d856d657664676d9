"""The event stream parser: every rule of the format, and indifference to chunk boundaries."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onceproof.conformance.wire.sse import Comment, EventTooLarge, SseEvent, SseParser


def parse(*chunks: bytes, closed: bool = True) -> tuple[list[SseEvent], SseParser]:
    parser = SseParser()
    events = [event for chunk in chunks for event in parser.feed(chunk, t_ns=7)]
    if closed:
        parser.close()
    return events, parser


def facts(events: list[SseEvent]) -> list[tuple[str, bytes, str | None]]:
    return [(event.name, event.data, event.id) for event in events]


def test_an_event_keeps_name_data_id_size_and_time():
    events, _ = parse(b'event: custom\r\ndata: {"a":1}\r\nid: 5-0\r\n\r\n')
    assert events == [SseEvent("custom", b'{"a":1}', "5-0", 39, 7)]
    assert events[0].json() == {"a": 1}


def test_an_absent_id_differs_from_an_empty_one():
    events, parser = parse(b"data: a\nid: 1\n\ndata: b\n\ndata: c\nid\n\n")
    assert [event.id for event in events] == ["1", None, ""]
    assert parser.last_event_id == ""


def test_an_absent_id_leaves_the_last_event_id_in_place():
    assert parse(b"data: a\nid: 1\n\ndata: b\n\n")[1].last_event_id == "1"


def test_an_id_with_a_nul_is_ignored():
    assert parse(b"data: a\nid: 1\0\n\n")[0][0].id is None


@pytest.mark.parametrize(
    ("end", "name"), [(b"\n", "LF"), (b"\r", "CR"), (b"\r\n", "CRLF")], ids=["lf", "cr", "crlf"]
)
def test_each_line_ending_is_understood_and_reported(end: bytes, name: str):
    events, parser = parse(end.join([b"event: x", b"data: 1", b"", b"data: 2", b"", b""]))
    assert facts(events) == [("x", b"1", None), ("message", b"2", None)]
    assert parser.line_endings == {name}


def test_mixed_line_endings_are_all_reported():
    assert parse(b"event: x\rdata: 1\r\n\n")[1].line_endings == {"CR", "CRLF", "LF"}


def test_a_cr_at_the_end_of_a_chunk_delivers_at_once():
    events, _ = parse(b"data: 1\r\r", closed=False)
    assert [event.data for event in events] == [b"1"]


def test_a_crlf_split_between_chunks_is_one_line_end():
    events, parser = parse(b"data: 1\r", b"\ndata: 2\r\n\r", b"\n", b"data: 3\r\n\r\n")
    assert [event.data for event in events] == [b"1\n2", b"3"]
    assert parser.line_endings == {"CRLF"}


def test_data_lines_are_joined_and_only_one_space_is_dropped():
    assert parse(b"data:a\ndata:  b\ndata\n\n")[0][0].data == b"a\n b\n"


def test_blank_data_is_an_event_and_no_data_is_none():
    events, parser = parse(b"event: empty\ndata:\n\nevent: end\n\nid: 9\n\n")
    assert facts(events) == [("empty", b"", None)]
    assert parser.dropped == ["end"]
    assert parser.last_event_id == "9"


def test_comments_are_kept_and_are_no_events():
    events, parser = parse(b": heartbeat\n\n:\n\ndata: 1\n: inside\n\n")
    assert parser.comments == [Comment(b"heartbeat", 7), Comment(b"", 7), Comment(b"inside", 7)]
    assert [event.data for event in events] == [b"1"]


def test_retry_takes_digits_only():
    assert parse(b"retry: 250\nretry: soon\nretry: -1\n\n")[1].retries == [250]


def test_unknown_fields_are_ignored():
    assert facts(parse(b"colour: red\ndata: 1\nDATA: 2\n\n")[0]) == [("message", b"1", None)]


@pytest.mark.parametrize("cut", range(4))
def test_a_byte_order_mark_is_skipped_at_the_start_only(cut: int):
    raw = b"\xef\xbb\xbfdata: 1\n\n\xef\xbb\xbfdata: 2\n\ndata: 3\n\n"
    events, parser = parse(raw[:cut], raw[cut:])
    assert [event.data for event in events] == [b"1", b"3"]
    assert parser.bom


@pytest.mark.parametrize(
    "raw",
    [b"data: 1", b"data: 1\n", b"data: 1\r\n", b"event: x\n", b"id: 4\n", b"da", b"\xef\xbb"],
)
def test_an_unfinished_event_is_truncated_and_not_delivered(raw: bytes):
    events, parser = parse(b"data: 0\n\n" * (raw[0] < 128) + raw)
    assert [event.data for event in events] == [b"0"] * (raw[0] < 128)
    assert parser.truncated


@pytest.mark.parametrize(
    "raw", [b"", b"data: 1\n\n", b"data: 1\r\r", b": heart", b"data: 1\n\n: b\n"]
)
def test_a_stream_that_ends_between_events_is_whole(raw: bytes):
    assert not parse(raw)[1].truncated


def test_an_event_above_the_bound_is_refused():
    parser = SseParser(max_event_bytes=100)
    assert parser.feed(b"data: " + b"x" * 90 + b"\n\n")
    parser.feed(b"data: " + b"x" * 60 + b"\n")
    with pytest.raises(EventTooLarge, match="more than 100 bytes"):
        parser.feed(b"data: " + b"x" * 60)


def test_one_chunk_with_an_event_above_the_bound_is_refused():
    with pytest.raises(EventTooLarge):
        SseParser(max_event_bytes=10).feed(b"data: 0123456789\n\n")


def test_a_large_event_in_small_chunks_takes_linear_time():
    raw = b"data: " + b"x" * 8_000_000 + b"\n\n"
    parser = SseParser()
    events = [e for i in range(0, len(raw), 1000) for e in parser.feed(raw[i : i + 1000])]
    assert [len(event.data) for event in events] == [8_000_000]


LINES = st.sampled_from(
    [b"data: a", b"data", b"event: e", b"event:", b"id: 1", b"id", b": c", b"retry: 3", b"", b"x"]
)
ENDINGS = st.sampled_from([b"\n", b"\r", b"\r\n"])


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(st.tuples(LINES, ENDINGS), max_size=20))
    head = draw(st.sampled_from([b"", b"\xef\xbb\xbf", b"\xef\xbb"]))
    return head + b"".join(line + end for line, end in lines) + draw(LINES)


@st.composite
def cut_streams(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    raw = draw(streams() | st.binary(max_size=60))
    cuts = sorted(draw(st.lists(st.integers(0, len(raw)), max_size=12)))
    edges = [0, *cuts, len(raw)]
    return raw, [raw[a:b] for a, b in pairwise(edges)]


@given(cut_streams())
@settings(max_examples=400, deadline=None)
def test_any_chunking_gives_the_same_events(case: tuple[bytes, list[bytes]]):
    raw, chunks = case
    whole, cut = parse(raw), parse(*chunks)
    bytewise = parse(*(raw[i : i + 1] for i in range(len(raw))))
    for events, parser in (cut, bytewise):
        assert events == whole[0]
        for name in ("comments", "retries", "line_endings", "dropped", "bom", "truncated"):
            assert getattr(parser, name) == getattr(whole[1], name), name
