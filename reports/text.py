"""Text that came from a target, made safe to show.

A target may answer with anything: escape sequences that repaint a terminal, characters that
XML cannot carry, half of a surrogate pair, marks that reverse the direction of a line. All of
them are shown by their code instead, so that each report says what was really received.
"""

import re
from collections.abc import Iterable

# Everything XML 1.0 cannot carry, the C1 controls, and the marks that reorder text. Tab and
# newline stay; a carriage return does not: alone it would overwrite the line on a terminal.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def visible(text: str) -> str:
    """Return `text` with the code in place of each character that is not safe to show."""
    return _UNFIT.sub(_code, text.replace("\r\n", "\n"))


def _code(match: re.Match[str]) -> str:
    number = ord(match.group())
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def shorten(text: str, limit: int) -> str:
    """Shorten `text` to `limit` characters; the cut says how many are missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit].rstrip()} … ({len(text) - limit} more characters)"


def one_line(text: str, limit: int = 200) -> str:
    """Return `text` as one line of at most about `limit` characters."""
    return shorten(" ".join(visible(text).split()), limit)


def pluralise(number: int, noun: str) -> str:
    """Return `1 run`, `2 runs`, `3,000 runs`, `2 processes`."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{number:,} {noun}{ending}"


def join_names(names: Iterable[str], limit: int = 8) -> str:
    """Join the first `limit` names by commas, and say how many were left out."""
    every = list(names)
    rest = len(every) - limit
    head = ", ".join(every[:limit])
    return f"{head} and {rest} more" if rest > 0 else head


def duration(seconds: float) -> str:
    """Return `0.42 s`, `12.3 s`, `4 min 05 s`, `1 h 02 min`."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02d} min"
