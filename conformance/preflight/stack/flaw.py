"""One thing that is wrong with a stack: what was seen, and what to do about it."""

from typing import NamedTuple


class Flaw(NamedTuple):
    """Two halves of a sentence."""

    said: str
    advice: str
