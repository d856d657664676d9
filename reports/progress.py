"""What is going on while the suite runs, so that nobody has to wonder whether it is stuck.

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

from onceproof.reports.text import duration, one_line, pluralise, visible

_BAD = ("failed", "error")
#: No line is longer.
LINE = 600


class Progress:
    """Prints phases, test outcomes and notes; a context manager that ends its live line.

    A chapter is reported when all its tests have ended, or at the next phase: they may run in any
    order, several at once. `test` takes "passed", "failed", "skipped" or "error", and before that
    optionally "started", so that the line can name a test that takes long.
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
        """Begin a new part of the certification, such as "starting the target"."""
        self.chapters()
        with self._lock:
            self._phase, self._current = name, ""
            self._say(Text(one_line(name, LINE), style="bold"))

    def expect(self, nodeids: Sequence[str]) -> None:
        """Expect these tests: a chapter is reported when its last one has ended."""
        with self._lock:
            self._expected = Counter(map(chapter_of, nodeids))

    def test(self, nodeid: str, outcome: str) -> None:
        """Note that a test started or ended."""
        with self._lock:
            if outcome == "started":
                self._current = nodeid
            else:
                self._finish(nodeid, outcome)

    def chapters(self) -> None:
        """Write the chapters that have begun and are not reported yet."""
        with self._lock:
            for chapter in list(self._chapters):
                self._end(chapter)

    def note(self, text: str) -> None:
        """Write one line worth having in the log, such as a fault that was injected."""
        with self._lock:
            self._say(Text(f"  {one_line(text, LINE)}"))

    def heartbeat(self) -> bool:
        """Write where things stand if nothing was written for `heartbeat_s`; return whether so."""
        with self._lock:
            if self._clock() - self._spoke < self._heartbeat_s:
                return False
            self._say(Text(f"  … {self._standing()}"))
            return True

    def _beat(self) -> None:
        while not self._closing.wait(self._heartbeat_s / 4):
            self.heartbeat()

    def _finish(self, nodeid: str, outcome: str) -> None:
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
        counts = _describe_counts(self._chapters.pop(chapter))
        self._say(Text(f"  {visible(chapter):<14} {counts}"))

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
            parts.append(_describe_counts(counts) + (f" of {expected}" if expected else ""))
        parts.append(duration(self._clock() - self._start))
        if self._current:
            parts.append(f"now {one_line(self._current.rpartition('/')[2])}")
        return " · ".join(parts)


def chapter_of(nodeid: str) -> str:
    """Return the chapter of a test: the folder that its file lies in."""
    folders = nodeid.partition("::")[0].split("/")
    return folders[-2] if len(folders) > 1 else folders[0]


def _describe_counts(counts: Counter[str]) -> str:
    total = pluralise(sum(counts.values()), "test")
    rest = [f"{counts[word]} {word}" for word in ("failed", "error", "skipped") if counts[word]]
    return ", ".join([total, *rest])
