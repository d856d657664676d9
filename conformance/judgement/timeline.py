"""A finding's records as a few lines: when, who, what. Pure."""

import json
from collections.abc import Sequence

from onceproof.conformance.history import Record

LINES = 12
VALUE = 110


def timeline(history: Sequence[Record], indices: Sequence[int], start_ns: int) -> list[str]:
    """Return one line per record, in the order of their times, in seconds since `start_ns`."""
    records = sorted((history[i] for i in {*indices}), key=lambda each: (each.t, each.i))
    lines = [_line(each, start_ns) for each in records[:LINES]]
    if len(records) > LINES:
        lines.append(f"and {len(records) - LINES} more")
    return lines


def _line(record: Record, start_ns: int) -> str:
    value = json.dumps(record.value, ensure_ascii=False) if record.value is not None else ""
    text = record.error or value
    text = text if len(text) <= VALUE else f"{text[:VALUE]}…"
    at_s = (record.t - start_ns) / 1e9
    what = f"{record.kind} {record.op} {record.key or ''}".rstrip()
    return f"{at_s:.6f} s  #{record.i}  {record.who}  {what}  {text}".rstrip()
