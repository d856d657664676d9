"""What is going on while the suite runs, so that nobody has to wonder whether it is stuck.

On a terminal a few live lines are redrawn: the chapters under way, and below them where it stands.
Elsewhere, as in a CI log, plain lines are written: a phase or a chapter that is done, each failure
at once with what it found, and a heartbeat when nothing else has been written for a while, even
when a single test takes that long: which tests are under way, and how much is left.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from onceproof.reports.text import duration, one_line, pluralise, visible

_BAD = ("failed", "error")
#: No line is longer.
LINE = 600
#: A log says this often where it stands, whatever else it says.
_LONGEST_S = 30.0
_BAR = 24
#: With fewer tests behind it, nobody can say how long the rest takes.
_ENOUGH = 10


class Progress:
    """Prints phases, test outcomes and notes; a context manager that ends its live line.

    A chapter is reported when all its tests have ended, or at the next phase: they may run in any
    order, several at once. `test` takes "passed", "failed", "skipped" or "error", and before that
    "started", so that a test that takes long can be named.
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
        self._running: dict[str, float] = {}
        self._phase = self._measured = ""
        self._start = self._spoke = self._stood = self._first = clock()
        self._spinner = Spinner("dots")
        self._live: Live | None = None
        self._closing = threading.Event()
        self._pulse: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(
                get_renderable=self._draw,
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
            self._phase, self._measured = name, ""
            self._running.clear()
            self._say(Text(one_line(name, LINE), style="bold"))

    def expect(self, nodeids: Sequence[str]) -> None:
        """Expect these tests: a chapter is reported when its last one has ended."""
        with self._lock:
            self._expected = Counter(map(chapter_of, nodeids))
            self._first = self._clock()

    def test(self, nodeid: str, outcome: str, message: str | None = None) -> None:
        """Note that a test started or ended; the `message` of one that failed is written."""
        with self._lock:
            if outcome == "started":
                self._running[nodeid] = self._clock()
            else:
                self._finish(nodeid, outcome, message or "")

    def measure(self, text: str) -> None:
        """Note a figure of what is under way, such as a throughput; the next one replaces it."""
        self._measured = one_line(text)

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
        """Write where things stand if nothing was written for `heartbeat_s`, or for half a minute
        nothing but other lines; return whether so."""
        with self._lock:
            now = self._clock()
            if now - self._spoke < self._heartbeat_s and now - self._stood < _LONGEST_S:
                return False
            self._stood = now
            self._say(Text(f"  … {self._standing()}"))
            return True

    def _beat(self) -> None:
        while not self._closing.wait(self._heartbeat_s / 4):
            self.heartbeat()

    def _finish(self, nodeid: str, outcome: str, message: str) -> None:
        self._running.pop(nodeid, None)
        self._counts[outcome] += 1
        chapter = chapter_of(nodeid)
        counts = self._chapters.setdefault(chapter, Counter())
        counts[outcome] += 1
        if outcome in _BAD:
            self._say(Text.assemble((f"  {outcome:<6}", "bold red"), f" {one_line(nodeid)}"))
            if message := one_line(message, 300):
                self._say(Text(f"         {message}"))
        if counts.total() == self._expected[chapter]:
            self._end(chapter)

    def _end(self, chapter: str) -> None:
        counts = _describe_counts(self._chapters.pop(chapter))
        self._say(Text(f"  {visible(chapter):<14} {counts}"))

    def _say(self, text: Text) -> None:
        self._spoke = self._clock()
        self._console.print(text, soft_wrap=True, highlight=False)

    def _draw(self) -> Group:
        # Called by the thread that redraws, which holds the console: waiting here for our lock,
        # held by a thread that waits for the console, would never end. Counts are copied instead.
        line = Text(self._standing(), no_wrap=True, overflow="ellipsis")
        self._spinner.update(text=line)
        return Group(self._draw_chapters(), self._spinner)

    def _draw_chapters(self) -> Table:
        """A bar for each chapter that has begun and not ended."""
        table = Table.grid(padding=(0, 1))
        for chapter, counts in list(self._chapters.items()):
            total = self._expected[chapter] or counts.total()
            bar = ProgressBar(total, counts.total(), width=_BAR)
            table.add_row(f"  {visible(chapter):<14}", bar, _describe_counts(counts.copy(), total))
        return table

    def _standing(self) -> str:
        parts = [one_line(self._phase)] if self._phase else []
        counts, expected = self._counts.copy(), self._expected.total()
        if counts:
            parts.append(_describe_counts(counts, expected))
        parts += [self._measured] if self._measured else []
        parts.append(duration(self._clock() - self._start))
        if left := expected - counts.total():
            parts += self._describe_rest(left, counts.total()) if left > 0 else []
        if running := list(self._running.items()):
            parts.append(f"now {', '.join(self._describe_running(*each) for each in running[:4])}")
        return " · ".join(parts)

    def _describe_rest(self, left: int, done: int) -> list[str]:
        said = f"{left:,} left"
        if done < _ENOUGH:
            return [said]
        return [f"{said}, about {duration((self._clock() - self._first) * left / done)}"]

    def _describe_running(self, nodeid: str, since: float) -> str:
        return f"{one_line(nodeid.rpartition('/')[2])} ({duration(self._clock() - since)})"


def chapter_of(nodeid: str) -> str:
    """Return the chapter of a test: the folder that its file lies in."""
    folders = nodeid.partition("::")[0].split("/")
    return folders[-2] if len(folders) > 1 else folders[0]


def _describe_counts(counts: Counter[str], expected: int = 0) -> str:
    total = pluralise(counts.total(), "test") + (f" of {expected:,}" if expected else "")
    rest = [f"{counts[word]} {word}" for word in ("failed", "error", "skipped") if counts[word]]
    return ", ".join([total, *rest])
