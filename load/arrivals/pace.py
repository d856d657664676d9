"""Whether the generator kept to its schedule, or measured itself."""

from collections.abc import Sequence
from typing import TypedDict

from hdrh.histogram import HdrHistogram

from onceproof.load.arrivals.dealer import Dealer
from onceproof.load.series import histogram, percentile_ms

#: How late one in a hundred of its free users may begin a run. A latency has that in it.
LATE_MS = 5.0
#: The share of arrivals that may find no free user.
DELAYED = 0.01
#: The CPU of one process beyond which a gevent loop falls behind, percent.
FULL_CPU_PCT = 90.0


class Pace(TypedDict):
    """What a dealer saw, as JSON data; `lag` is an encoded histogram of microseconds."""

    begun: int
    delayed: int
    lag: str


class Arrivals(TypedDict):
    """The schedule in the "load" object: `reasons` say why the latencies are not the server's."""

    begun: int
    delayed: int
    lag_p99_ms: float
    reasons: list[str]


def export_pace(dealer: Dealer | None) -> Pace | None:
    """Return what the dealer saw."""
    if dealer is None:
        return None
    lag = dealer.lag.encode().decode()
    return {"begun": dealer.begun, "delayed": dealer.delayed, "lag": lag}


def judge_pace(paces: Sequence[Pace], users: int, cpu_pct: float) -> Arrivals | None:
    """Judge all processes of a test together; None if none had a schedule."""
    if not paces:
        return None
    lag = histogram()
    for pace in paces:
        lag.add(HdrHistogram.decode(pace["lag"]))
    begun, delayed = (sum(pace[key] for pace in paces) for key in ("begun", "delayed"))
    late_ms = percentile_ms(lag, 99)
    reasons = _find_reasons(begun, delayed, late_ms, users, cpu_pct / len(paces))
    return {"begun": begun, "delayed": delayed, "lag_p99_ms": late_ms, "reasons": reasons}


def _find_reasons(
    begun: int, delayed: int, late_ms: float, users: int, cpu_pct: float
) -> list[str]:
    reasons = []
    if late_ms > LATE_MS:
        reasons.append(
            f"one run in a hundred began {late_ms:,.0f} ms or more after it was due although a "
            "user was free: give the generator more CPU, or ask for fewer runs a second"
        )
    if delayed > begun * DELAYED:
        reasons.append(
            f"{delayed:,} of {begun:,} arrivals found all {users} users busy: give more (-u)"
        )
    if cpu_pct > FULL_CPU_PCT:
        reasons.append(f"the generator used {cpu_pct:.0f} % of a CPU: ask for fewer runs a second")
    return reasons
