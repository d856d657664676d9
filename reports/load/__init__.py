"""What a load carried: the part of the results document that is about it."""

import msgspec
from msgspec import UNSET, UnsetType


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One sample of the load, `t_s` seconds after it began; null is what was not to be seen."""

    t_s: float
    finished_per_s: float
    accepted_per_s: float | None = None
    events_per_s: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    cpu_pct: float | None = None
    server_cpu_pct: float | UnsetType | None = UNSET


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of request under load, over the whole load."""

    name: str
    count: int
    failures: int
    per_s: float
    p50_ms: float | None = None
    p90_ms: float | None = None
    p99_ms: float | None = None
    p999_ms: float | UnsetType = UNSET
    max_ms: float | None = None


class Arrivals(msgspec.Struct, frozen=True, kw_only=True):
    """Runs begun by a schedule: how many, how many found no free user, and how late 99 % began.

    `reasons` say why the latencies are not the server's alone; without one they are.
    """

    begun: int
    delayed: int
    lag_p99_ms: float
    reasons: list[str] = []


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What was carried, and whether each accepted run happened once while it was.

    `lost`, `duplicated` and `unfinished` may name the first few runs of their totals.
    """

    seconds: float
    users: int
    accepted: int
    finished_once: int
    lost: list[str] = []
    duplicated: list[str] = []
    unfinished: list[str] = []
    lost_total: int = 0
    duplicated_total: int = 0
    unfinished_total: int = 0
    sentence: str
    series: list[Point] = []
    operations: list[Operation] = []
    harness_cpu_pct: float | None = None
    arrivals: Arrivals | UnsetType = UNSET
    start_s: float = 0.0
