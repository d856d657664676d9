"""The part of the results document that shows who worked on a run, and when.

    Attempts
    ├── lanes[]      a process that executed steps of the run, or a reader of its stream
    │   ├── steps[]  what the sink saw it execute
    │   └── spans[]  its leases that ran out, or the connection of the reader
    ├── faults[]     what was broken meanwhile and may have hit the run
    └── moments[]    what the clients saw of it

All times are seconds from the start of the run of the harness.
"""

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One execution of a step, from its begin to its last sign of life.

    It `ended`, or was never seen to; one that is `accused` is among the records of the finding.
    """

    step: str
    token: int
    begin_s: float
    end_s: float
    ended: bool = True
    accused: bool = False


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time and what it is; `until_s` is null if its end was not seen."""

    text: str
    from_s: float
    until_s: float | None = None


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One worker's executions and the stretches in which a lease of it ran out; or one reader's
    connection."""

    name: str
    steps: list[Step] = []
    spans: list[Span] = []


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """Something a client did or saw; `accused` as in a step."""

    text: str
    t_s: float
    accused: bool = False


class Attempts(msgspec.Struct, frozen=True, kw_only=True):
    """The attempts of the run `run`, of which there were `attempts`.

    `first_error_s` is when its records first contradict each other; `left_out` counts the steps
    that are too many to be shown.
    """

    run: str
    attempts: int
    lanes: list[Lane]
    faults: list[Span] = []
    moments: list[Moment] = []
    first_error_s: float
    left_out: int = 0
