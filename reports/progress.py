"""What is going on while the suite runs, so that nobody has to ask whether it is stuck.

On a terminal one live line is redrawn. Elsewhere, as in a CI log, plain lines are written: a
phase or a chapter that is done, each failure at once, and a heartbeat when nothing else has
been written for a while, even when a single test takes that long.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from onceproof.reports.text import counted, duration, one_line, visible

_BAD = ("failed", "error")


class Progress:
    """Tells phases, test outcomes and notes; a context manager that ends its live line.

    A chapter is told when all its tests have ended, or at the next phase: they may run in any
    order, several at once. `test` takes "passed", "failed", "skipped" or "error", and may be told
    "started" before, so that the line can name the test that is taking long.
    """

    def __init__(
        self,
        console: Console,
        *,
        heartbeat_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console, self._heartbeat_s, self._clock = console, heartbeat_s, clock
        self._lock = threading.RLock()
        self._counts: Counter[str] = Counter()
        self._chapters: dict[str, Counter[str]] = {}
        self._expected: Counter[str] = Counter()
        self._phase = self._current = ""
        self._start = self._spoke = clock()
        self._spinner = Spinner("dots")
        self._live: Live | None = None
        self._closing = threading.Event()
        self._pulse: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(
                get_renderable=self._line,
                console=self._console,
                refresh_per_second=8,
                transient=True,
            )
            self._live.start()
        else:
            self._pulse = threading.Thread(target=self._beat, daemon=True)
            self._pulse.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Write the last chapter and end the live line; may be called twice."""
        self.chapters()
        self._closing.set()
        if self._pulse is not None:
            self._pulse.join()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def phase(self, name: str) -> None:
        """A new part of the certification begins, such as "starting the target"."""
        self.chapters()
        with self._lock:
            self._phase, self._current = name, ""
            self._say(Text(one_line(name), style="bold"))

    def expect(self, nodeids: Sequence[str]) -> None:
        """The tests that will run: a chapter is told when its last one has ended."""
        with self._lock:
            self._expected = Counter(map(chapter_of, nodeids))

    def test(self, nodeid: str, outcome: str) -> None:
        """A test started or ended."""
        with self._lock:
            if outcome == "started":
                self._current = nodeid
            else:
                self._finished(nodeid, outcome)

    def chapters(self) -> None:
        """Write the chapters that have begun and are not told yet."""
        with self._lock:
            for chapter in list(self._chapters):
                self._end(chapter)

    def note(self, text: str) -> None:
        """One line worth keeping in the log, such as a fault that was injected."""
        with self._lock:
            self._say(Text(f"  {one_line(text, 400)}"))

    def heartbeat(self) -> bool:
        """Write where things stand if nothing was written for `heartbeat_s`; whether it did."""
        with self._lock:
            if self._clock() - self._spoke < self._heartbeat_s:
                return False
            self._say(Text(f"  … {self._standing()}"))
            return True

    def _beat(self) -> None:
        while not self._closing.wait(self._heartbeat_s / 4):
            self.heartbeat()

    def _finished(self, nodeid: str, outcome: str) -> None:
        self._current = ""
        self._counts[outcome] += 1
        chapter = chapter_of(nodeid)
        counts = self._chapters.setdefault(chapter, Counter())
        counts[outcome] += 1
        if outcome in _BAD:
            self._say(Text.assemble((f"  {outcome:<6}", "bold red"), f" {one_line(nodeid)}"))
        if counts.total() == self._expected[chapter]:
            self._end(chapter)

    def _end(self, chapter: str) -> None:
        told = _counted(self._chapters.pop(chapter))
        self._say(Text(f"  {visible(chapter):<14} {told}"))

    def _say(self, text: Text) -> None:
        self._spoke = self._clock()
        self._console.print(text, soft_wrap=True, highlight=False)

    def _line(self) -> Spinner:
        # Called by the thread that redraws, which holds the console: waiting here for our lock,
        # held by a thread that waits for the console, would never end. Counts are copied instead.
        line = Text(self._standing(), no_wrap=True, overflow="ellipsis")
        self._spinner.update(text=line)
        return self._spinner

    def _standing(self) -> str:
        parts = [one_line(self._phase)] if self._phase else []
        if counts := self._counts.copy():
            expected = self._expected.total()
            parts.append(_counted(counts) + (f" of {expected}" if expected else ""))
        parts.append(duration(self._clock() - self._start))
        if self._current:
            parts.append(f"now {one_line(self._current.rpartition('/')[2])}")
        return " · ".join(parts)


def chapter_of(nodeid: str) -> str:
    """The chapter of a test: the folder that its file lies in."""
    folders = nodeid.partition("::")[0].split("/")
    return folders[-2] if len(folders) > 1 else folders[0]


def _counted(counts: Counter[str]) -> str:
    total = counted(sum(counts.values()), "test")
    rest = [f"{counts[word]} {word}" for word in ("failed", "error", "skipped") if counts[word]]
    return ", ".join([total, *rest])
