"""Progress: what a CI log gets to read, and when; and that a terminal gets its live line."""

import io
import threading

import pytest
from rich.console import Console

from onceproof.reports.progress import Progress, chapter_of


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Log(io.StringIO):
    """Remembers what was written, and lets a test wait until a word is."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Condition()

    def write(self, text: str) -> int:
        with self.written:
            self.written.notify_all()
            return super().write(text)

    def wait_for(self, word: str) -> bool:
        with self.written:
            return self.written.wait_for(lambda: word in self.getvalue(), timeout=10)


def nodeid(chapter: str, name: str) -> str:
    return f"conformance/suite/{chapter}/test_it.py::{name}"


def lines(log: io.StringIO) -> list[str]:
    return log.getvalue().splitlines()


def test_a_log_reads_phases_chapters_failures_and_notes() -> None:
    log = io.StringIO()
    with Progress(Console(file=log)) as progress:
        progress.phase("suite")
        runs = [nodeid("runs", "test_wait"), nodeid("runs", "test_join")]
        system = [nodeid("system", "test_ok"), nodeid("system", "test_info")]
        progress.expect([*system, *runs])
        progress.test(system[0], "passed")
        progress.test(runs[0], "skipped")
        progress.test(system[1], "failed")
        assert lines(log)[-1] == "  system         2 tests, 1 failed"
        progress.note("worker-1 killed\x1b[2J")
    assert lines(log) == [
        "suite",
        "  failed conformance/suite/system/test_it.py::test_info",
        "  system         2 tests, 1 failed",
        "  worker-1 killed\\x1b[2J",
        "  runs           1 test, 1 skipped",
    ]


def test_a_heartbeat_comes_only_after_silence_and_names_the_running_test() -> None:
    log, clock = io.StringIO(), Clock()
    progress = Progress(Console(file=log), clock=clock)
    progress.phase("suite")
    progress.test(nodeid("queue", "test_pause"), "started")
    clock.now += 9.9
    assert not progress.heartbeat()
    clock.now += 0.1
    assert progress.heartbeat()
    assert lines(log)[-1] == "  … suite · 10.0 s · now test_it.py::test_pause (10.0 s)"
    clock.now += 5
    assert not progress.heartbeat()


def test_passing_tests_write_nothing_but_do_not_count_as_silence_broken() -> None:
    log, clock = io.StringIO(), Clock()
    progress = Progress(Console(file=log), clock=clock)
    for i in range(20):
        progress.test(nodeid("runs", f"test_{i}"), "passed")
        clock.now += 1
    assert lines(log) == []
    assert progress.heartbeat()
    assert lines(log) == ["  … 20 tests · 20.0 s"]


def test_a_log_hears_of_a_single_long_test_without_any_call() -> None:
    log = Log()
    with Progress(Console(file=log), heartbeat_s=0.05) as progress:
        progress.phase("draining")
        assert log.wait_for("… draining")


def test_close_ends_the_thread_and_may_be_called_twice() -> None:
    before = threading.active_count()
    progress = Progress(Console(file=io.StringIO()))
    with progress:
        assert threading.active_count() == before + 1
    progress.close()
    assert threading.active_count() == before


def test_a_terminal_gets_a_live_line_that_vanishes() -> None:
    log = Log()
    with Progress(Console(file=log, force_terminal=True, width=100)) as progress:
        progress.phase("suite")
        progress.test(nodeid("runs", "test_wait"), "started")
        assert log.wait_for("now test_it.py::test_wait")
    assert "\x1b[2K" in log.getvalue()
    assert "…" not in log.getvalue()


@pytest.mark.parametrize(
    ("nodeid", "chapter"),
    [
        ("conformance/suite/runs/test_a.py::test_b[x/y]", "runs"),
        ("test_a.py::test_b", "test_a.py"),
    ],
)
def test_the_chapter_of_a_test_is_its_folder(nodeid: str, chapter: str) -> None:
    assert chapter_of(nodeid) == chapter


def test_a_log_reads_what_was_found_at_once() -> None:
    log = io.StringIO()
    progress = Progress(Console(file=log))
    progress.test(nodeid("runs", "test_wait"), "failed", "status=200, but should be 404\nand more")
    assert lines(log)[-1] == "         status=200, but should be 404 and more"


def test_where_it_stands_names_each_test_under_way_and_how_much_is_left() -> None:
    log, clock = io.StringIO(), Clock()
    progress = Progress(Console(file=log), clock=clock)
    progress.expect([nodeid("runs", f"test_{i}") for i in range(30)])
    for i in range(10):
        clock.now += 3
        progress.test(nodeid("runs", f"test_{i}"), "passed")
    progress.test(nodeid("runs", "test_10"), "started")
    clock.now += 30
    progress.test(nodeid("runs", "test_11"), "started")
    assert progress.heartbeat()
    assert lines(log)[-1] == (
        "  … 10 tests of 30 · 1 min · 20 left, about 2 min"
        " · now test_it.py::test_10 (30.0 s), test_it.py::test_11 (0.00 s)"
    )


def test_the_throughput_of_a_load_is_shown_until_the_next_phase() -> None:
    log, clock = io.StringIO(), Clock()
    progress = Progress(Console(file=log), clock=clock)
    progress.phase("load: 16 users for 20 s")
    progress.measure("145 runs/s, 1,203 finished after 9 s")
    clock.now += 10
    assert progress.heartbeat()
    assert "· 145 runs/s, 1,203 finished after 9 s ·" in lines(log)[-1]
    progress.phase("checking the history")
    clock.now += 10
    assert progress.heartbeat()
    assert "runs/s" not in lines(log)[-1]


def test_a_terminal_gets_a_bar_for_each_chapter_under_way() -> None:
    log = Log()
    with Progress(Console(file=log, force_terminal=True, width=100)) as progress:
        progress.expect([nodeid("runs", f"test_{i}") for i in range(4)] + [nodeid("queue", "t")])
        progress.test(nodeid("runs", "test_0"), "passed")
        assert log.wait_for("1 test of 4")
        assert log.wait_for("━")


def test_other_lines_are_no_reason_not_to_say_where_it_stands() -> None:
    log, clock = io.StringIO(), Clock()
    progress = Progress(Console(file=log), clock=clock)
    progress.test(nodeid("queue", "test_pause"), "started")
    for _ in range(5):
        clock.now += 5
        progress.note("a line")
        assert not progress.heartbeat()
    clock.now += 5
    progress.note("a line")
    assert progress.heartbeat()
    assert "now test_it.py::test_pause (30.0 s)" in lines(log)[-1]
    assert not progress.heartbeat()
