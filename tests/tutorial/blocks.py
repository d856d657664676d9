"""The fenced blocks of a document, and what its comments say is to be done with each.

    <!-- file NAME -->          the block is this file
    <!-- run -->                its commands end with 0, or as `run exit N` says
    <!-- start "TEXT" -->       its command stays, and is up when it has written TEXT
    <!-- start on PORT -->      ... or when it accepts connections there
    <!-- output -->             what the last block wrote: `...` is any lines, a figure any figure
    <!-- stop -->               the last one that was started ends by Ctrl-C; there is no block
    <!-- not run: WHY -->       nobody can run it here

A comment may end with `; needs PROGRAM ...`: without these the step is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"

_MARK = re.compile(r"<!-- (file|run|start|output|stop|not run)\b:? ?(.*?)(?:; needs (.+))? -->")
_FENCE = re.compile(r"```(\w*)")


@dataclass(frozen=True)
class Step:
    """One block; `does` is the first word of its comment, empty without one."""

    line: int
    does: str
    what: str
    needs: tuple[str, ...]
    language: str
    text: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.does} {self.what}".rstrip()


def read_steps(document: str) -> list[Step]:
    """Return the steps of a document of docs/, in order."""
    return list(parse((DOCS / document).read_text(encoding="utf-8")))


def parse(text: str) -> Iterator[Step]:
    lines = enumerate(text.splitlines(), 1)
    mark: tuple[str, str, tuple[str, ...]] = ("", "", ())
    for number, line in lines:
        if found := _MARK.fullmatch(line):
            mark = (found[1], found[2].strip(), tuple((found[3] or "").split()))
            if found[1] == "stop":
                yield Step(number, *mark, "", "")
                mark = ("", "", ())
        elif fence := _FENCE.fullmatch(line):
            block = []
            for _, inside in lines:
                if inside == "```":
                    break
                block.append(inside)
            yield Step(number, *mark, fence[1], "\n".join(block) + "\n")
            mark = ("", "", ())


def find_difference(expected: str, actual: str) -> str | None:
    """Return the first line of `expected` that `actual` lacks at its place; None if it fits."""
    left = [_level(line) for line in actual.splitlines()]
    anywhere = False
    for line in expected.splitlines():
        if line == "...":
            anywhere = True
            continue
        wanted = _level(line)
        place = left.index(wanted) if anywhere and wanted in left else 0
        if not left or left[place] != wanted:
            return line
        left, anywhere = left[place + 1 :], False
    return None


def _level(line: str) -> str:
    """A line without what differs from run to run: figures, and how far columns are apart."""
    return re.sub(r"\d+", "0", " ".join(line.split()))
