"""How a schedule is written.

constant:20              20 runs a second, evenly
poisson:20               20 a second on average, each independent of the others
burst50:20               50 at once, 20 a second on average
poisson:20*60s,80*10s    stages: a staircase or a spike; the last may go on to the end
replay:FILE              a log, CSV with the columns at_s and kind
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from onceproof.conformance.errors import UsageError
from onceproof.load.arrivals.log import read_log
from onceproof.load.arrivals.schedule import (
    Arrival,
    Process,
    Stage,
    draw_poisson,
    gather,
    plan_arrivals,
    space_evenly,
)

FORMS = "constant:20, poisson:20, burst50:20, poisson:20*60s,80*10s or replay:FILE"
#: More than any machine generates: a rate above it is a slip of the pen.
MOST_PER_S = 100_000.0

_STAGE = re.compile(r"(?P<rate>\d+(?:\.\d+)?)(?:\*(?P<seconds>\d+(?:\.\d+)?)s)?")
_BURST = re.compile(r"burst(?P<size>[1-9]\d{0,5})")


def read_schedule(name: str, text: str, seed: int, kinds: Collection[str]) -> Iterator[Arrival]:
    """Return the arrivals that `text`, the value of the option or variable `name`, asks for.

    UsageError if it is none of the forms above; chance follows `seed`.
    """
    form, colon, rest = text.partition(":")
    if form == "replay" and rest:
        return iter(read_log(Path(rest), kinds))
    process = _find_process(form)
    if process is None or not colon:
        raise UsageError(f"{name} {text!r} is no schedule: use {FORMS}")
    return plan_arrivals(process, _read_stages(name, text, rest), seed)


def _find_process(form: str) -> Process | None:
    burst = _BURST.fullmatch(form)
    if burst:
        return gather(int(burst["size"]))
    return {"constant": space_evenly, "poisson": draw_poisson}.get(form)


def _read_stages(name: str, text: str, rest: str) -> list[Stage]:
    stages = [_read_stage(name, text, each) for each in rest.split(",")]
    if any(stage.seconds is None for stage in stages[:-1]):
        raise UsageError(f"{name} {text!r}: give each stage but the last its seconds, as in 20*60s")
    return stages


def _read_stage(name: str, text: str, stage: str) -> Stage:
    found = _STAGE.fullmatch(stage.strip())
    if found is None or float(found["rate"]) > MOST_PER_S:
        raise UsageError(
            f"{name} {text!r}: {stage!r} is no rate up to {MOST_PER_S:,.0f} a second: use {FORMS}"
        )
    seconds = found["seconds"]
    return Stage(float(found["rate"]), None if seconds is None else float(seconds))
