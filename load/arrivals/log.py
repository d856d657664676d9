"""A log of arrivals that is played again: CSV with the columns `at_s` and, if wanted, `kind`."""

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

from onceproof.conformance.errors import UsageError
from onceproof.load.arrivals.schedule import Arrival

AT, KIND = "at_s", "kind"


def read_log(path: Path, kinds: Collection[str]) -> list[Arrival]:
    """Read a log, in the order of its times; UsageError says which line cannot be played."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            arrivals = list(_read_rows(path, csv.DictReader(file), kinds))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"the arrivals of {str(path)!r} cannot be read: {error}") from None
    if not arrivals:
        raise UsageError(f"{str(path)!r} has no arrivals: give it a line for each")
    return sorted(arrivals, key=lambda each: each.at_s)


def _read_rows(
    path: Path, rows: "csv.DictReader[str]", kinds: Collection[str]
) -> Iterator[Arrival]:
    if AT not in (rows.fieldnames or ()):
        raise UsageError(f"{str(path)!r} has no column {AT!r}: name it in the first line")
    for row in rows:
        where = f"line {rows.line_num} of {str(path)!r}"
        kind = (row.get(KIND) or "").strip() or None
        if kind is not None and kind not in kinds:
            raise UsageError(f"{where} has the kind {kind!r}: use {', '.join(sorted(kinds))}")
        yield Arrival(_read_time(row[AT], where), kind)


def _read_time(text: str | None, where: str) -> float:
    try:
        at_s = float(text or "")
    except ValueError:
        at_s = -1.0
    if not 0 <= at_s < float("inf"):
        raise UsageError(f"{where} has the time {text!r}: use seconds since the beginning")
    return at_s
