"""The part of the results document that only a chaos has.

Chaos
├── faults, operations, disturbed     what was broken, and what clients did meanwhile
├── surprises, fenced, fallen         what was noted besides the history
├── runs                              what became of the runs
└── recovery                          how long it took to get going again
"""

import msgspec


class RecoveryTimes(msgspec.Struct, frozen=True, kw_only=True):
    """How long it took to get going again after a fault, read from the history, in seconds.

    `to_begin_s` and `to_end_s` count from the heal of each fault to the next begin and the next
    end of any step, `picked_up_s` from the last sign of a lost step to its next attempt.
    """

    to_begin_s: list[float] = []
    to_end_s: list[float] = []
    picked_up_s: list[float] = []


class RunCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The runs of a chaos by what became of them.

    `unclear` are creates whose answer never came, of which `recovered` were found later. Those
    `finished_once` ended as one run with each step once; `ends` counts them all by last status,
    and `broken` the findings by what was broken.
    """

    accepted: int
    refused: int
    unclear: int
    recovered: int
    finished_once: int
    ends: dict[str, int] = {}
    broken: dict[str, int] = {}


class ChaosEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """What a chaos saw that is not in its history.

    `faults` were played and `operations` done by clients, counted by kind; a fault cut `disturbed`
    of the operations short. `surprises` are answers that no fault explains, `fenced` the refused
    writes of stalled workers by where they were counted, and `fallen` the replicas that ended
    without a fault.

    Where replicas that die are started again, `died` counts how often each did. `ends_by_kind`
    counts the runs of each kind of a poison workload by their last status.
    """

    faults: dict[str, int]
    operations: dict[str, int]
    disturbed: int
    surprises: list[str] = []
    fenced: dict[str, int] = {}
    fallen: list[str] = []
    died: dict[str, int] = {}
    ends_by_kind: dict[str, dict[str, int]] = {}


class Chaos(ChaosEvidence, frozen=True, kw_only=True):
    """What only a chaos has: its faults, its clients, its runs, and how fast it recovered."""

    runs: RunCounts
    recovery: RecoveryTimes
