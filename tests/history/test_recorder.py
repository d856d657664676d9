"""One writer, one clock, dense numbers, nothing lost that was flushed."""

import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from onceproof.conformance.errors import OnceproofError, UsageError
from onceproof.conformance.history import Recorder, read
from onceproof.conformance.history.recorder import BUFFER_BYTES, Noted


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.jsonl"


def test_empty(path: Path):
    Recorder(path).close()
    assert list(read(path)) == []


def test_records_come_back_as_they_were_added(path: Path):
    with Recorder(path) as recorder:
        assert recorder.add("invoke", "run.create", who="c1", key="a", value={"x": [1]}) == 0
        http = {"status": 502}
        assert recorder.add("info", "x", who="c1", t=7, error="reset", http=http) == 1
    first, second = read(path)
    assert (first.i, first.kind, first.op, first.who) == (0, "invoke", "run.create", "c1")
    assert (first.key, first.value, first.error, first.http) == ("a", {"x": [1]}, None, None)
    assert (second.t, second.error, second.http) == (7, "reset", {"status": 502})


def test_time_is_the_monotonic_clock(path: Path):
    before = time.monotonic_ns()
    with Recorder(path) as recorder:
        recorder.add("mark", "x", who="c1")
    [record] = read(path)
    assert before <= record.t <= time.monotonic_ns()


def test_threads_share_dense_numbers_and_one_clock(path: Path):
    with Recorder(path) as recorder:

        def write(who: str) -> None:
            for n in range(500):
                recorder.add("mark", "x", who=who, value={"n": n})

        threads = [threading.Thread(target=write, args=(f"c{n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    records = list(read(path))
    assert [each.i for each in records] == list(range(4000))
    assert all(a.t <= b.t for a, b in pairwise(records))
    for n in range(8):
        mine = [each.value["n"] for each in records if each.who == f"c{n}"]
        assert mine == list(range(500))


def test_flush_hands_everything_over(path: Path):
    recorder = Recorder(path)
    recorder.add("mark", "x", who="c1")
    recorder.flush()
    assert len(list(read(path))) == 1
    recorder.close()


def test_what_is_not_flushed_is_bounded(path: Path):
    recorder = Recorder(path)
    size = 1000
    for _ in range(200):
        recorder.add("mark", "x", who="c1", value="x" * size)
    assert path.stat().st_size >= 200 * size - BUFFER_BYTES
    recorder.close()


def test_what_is_old_is_written_with_the_next_record(path: Path):
    recorder = Recorder(path)
    recorder.add("mark", "old", who="c1")
    recorder.add("mark", "new", who="c1", t=time.monotonic_ns() + 10**9)
    assert len(list(read(path))) == 2
    recorder.close()


def test_a_value_that_is_no_json_uses_up_no_number(path: Path):
    with Recorder(path) as recorder:
        with pytest.raises(TypeError):
            recorder.add("mark", "x", who="c1", value=object())
        assert recorder.add("mark", "y", who="c1") == 0
    assert [each.op for each in read(path)] == ["y"]


def test_a_history_is_never_appended_to(path: Path):
    Recorder(path).close()
    with pytest.raises(UsageError, match="exists already: remove it or name another path"):
        Recorder(path)


def test_a_late_record_is_refused_and_closing_twice_is_not(path: Path):
    recorder = Recorder(path)
    recorder.close()
    recorder.close()
    with pytest.raises(OnceproofError, match="is closed, mark x came too late"):
        recorder.add("mark", "x", who="c1")


def make_note(t: int, value: object) -> Noted:
    return t, "s", "event", "sub.event", "k", value, None, None


def test_what_was_noted_is_numbered_together(path: Path):
    with Recorder(path) as recorder:
        recorder.add("mark", "x", who="c1")
        recorder.add_all([make_note(5, {"seq": 0}), make_note(6, {"seq": 1})])
        recorder.add_all([])
        with pytest.raises(TypeError):
            recorder.add_all([make_note(7, {}), make_note(8, object())])
        assert recorder.add("mark", "x", who="c1") == 3
    with pytest.raises(OnceproofError, match="what was noted came too late"):
        recorder.add_all([make_note(9, {})])
    _, *events, _ = read(path)
    assert [(each.i, each.t, each.kind, each.value) for each in events] == [
        (1, 5, "event", {"seq": 0}),
        (2, 6, "event", {"seq": 1}),
    ]


def test_half_a_character_is_written_as_a_question_mark(path: Path):
    with Recorder(path) as recorder:
        recorder.add("fail", "x", who="c1", value={"\ud800": ["a\ud800"]}, error="\udfff!")
        recorder.add_all([make_note(5, {"seq": "\ud800"})])
    entries = [(each.value, each.error) for each in read(path)]
    assert entries == [({"?": ["a?"]}, "?!"), ({"seq": "?"}, None)]
