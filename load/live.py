"""How a load is getting on, for who waits for it: a line a second, read as they come."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from onceproof.load.series import Series

#: The last so many seconds a throughput is about.
_RECENT = 5


def append_line(path: Path, series: Series) -> None:
    """Append where the load stands: its seconds so far, and the runs that have finished.

    One that cannot be written is left out: it is for who watches, and no reason to stop.
    """
    finished = sum(second.finished for second in series.seconds.values())
    with suppress(OSError), path.open("a", encoding="ascii") as file:
        file.write(f"{series.elapsed_s:.1f} {finished}\n")


@dataclass
class Watch:
    """What can be said of the load that writes into the file at `path`."""

    path: Path
    _size: int = 0

    def describe(self) -> str | None:
        """Return `145 runs/s, 1,203 finished after 9 s`; None if nothing was added since."""
        size = self.path.stat().st_size if self.path.exists() else 0
        points = _read_points(self.path) if size != self._size else []
        self._size = size
        if not points:
            return None
        elapsed_s, finished = points[-1]
        since_s, before = points[-1 - _RECENT] if len(points) > _RECENT else (0.0, 0)
        rate = (finished - before) / (elapsed_s - since_s) if elapsed_s > since_s else 0.0
        return f"{rate:,.0f} runs/s, {finished:,} finished after {elapsed_s:.0f} s"


def _read_points(path: Path) -> list[tuple[float, int]]:
    """The lines that are whole: the last one may be being written, and a disk may be full."""
    lines = path.read_text(encoding="ascii").split("\n")[:-1]
    words = (line.split() for line in lines)
    return [(float(pair[0]), int(pair[1])) for pair in words if len(pair) == 2]
