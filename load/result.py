"""The result of a load test: one sentence, and the "load" object of a certification."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import orjson
from hdrh.histogram import HdrHistogram

from onceproof.conformance.history.values import Json
from onceproof.load.account import Account
from onceproof.load.arrivals.pace import Arrivals, Pace, judge_pace
from onceproof.load.series import Exported, Second, histogram, percentile_ms

NAMED = 32
SHOWN = 8


class Part(TypedDict):
    """The share of one process in the result."""

    series: Exported
    account: Json
    users: int
    pace: NotRequired[Pace | None]


class SecondRow(TypedDict):
    """One second of the "load" object; percentiles are None where no run finished, and the CPU of
    the server is where its processes are not known."""

    t_s: int
    finished_per_s: int
    accepted_per_s: int
    events_per_s: int
    p50_ms: float | None
    p99_ms: float | None
    cpu_pct: float
    server_cpu_pct: float | None


class OperationRow(TypedDict):
    """One kind of request in the "load" object."""

    name: str
    count: int
    failures: int
    per_s: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float


class Load(TypedDict):
    """The "load" object of a certification."""

    seconds: float
    users: int
    accepted: int
    finished_once: int
    lost: list[str]
    duplicated: list[str]
    unfinished: list[str]
    lost_total: int
    duplicated_total: int
    unfinished_total: int
    sentence: str
    series: list[SecondRow]
    operations: list[OperationRow]
    harness_cpu_pct: float
    arrivals: NotRequired[Arrivals]


def part(series: Exported, account: Account, users: int, pace: Pace | None = None) -> Part:
    """Return the share of one process in the result, as JSON data."""
    return {"series": series, "account": asdict(account), "users": users, "pace": pace}


def merge_accounts(accounts: Sequence[Account]) -> Account:
    """Return several processes as one: numbers are added, names and sentences strung together."""
    total = Account()
    for account in accounts:
        for name, value in vars(account).items():
            if isinstance(value, dict):
                getattr(total, name).update(value)
            else:
                setattr(total, name, getattr(total, name) + value)
    return total


def summarize(parts: Sequence[Part]) -> Load:
    """Return the "load" object of any number of processes."""
    account = merge_accounts([Account(**each["account"]) for each in parts])
    exported = [each["series"] for each in parts]
    seconds = max((each["seconds"] for each in exported), default=0.0)
    cpu_s = sum(each["cpu_s"] for each in exported)
    users = sum(each["users"] for each in parts)
    cpu_pct = round(100 * cpu_s / seconds, 1) if seconds else 0.0
    paces = [pace for each in parts if (pace := each.get("pace"))]
    judged = judge_pace(paces, users, cpu_pct)
    kept: Load = {
        "seconds": round(seconds, 3),
        "users": users,
        "accepted": account.accepted,
        "finished_once": finished_once(account),
        "lost": account.lost[:NAMED],
        "duplicated": account.duplicated[:NAMED],
        "unfinished": account.unfinished[:NAMED],
        "lost_total": account.lost_count,
        "duplicated_total": account.duplicated_count,
        "unfinished_total": len(account.unfinished),
        "sentence": sentence(account),
        "series": _series(exported),
        "operations": _operations(exported, seconds),
        "harness_cpu_pct": cpu_pct,
    }
    if judged is not None:
        kept["arrivals"] = judged
    return kept


def finished_once(account: Account) -> int:
    """Return the accepted runs that are known to be over, and of which nothing is missing or
    doubled."""
    bad = account.lost_count + account.duplicated_count + len(account.unfinished)
    return max(0, account.accepted - account.unread - bad)


def sentence(account: Account) -> str:
    """Return what is printed at the end. What was not witnessed is not claimed."""
    if not account.accepted:
        return "0 runs accepted, nothing to account for"
    reason = account.undecided.get("lost")
    if reason and not account.unread:
        return f"{account.accepted} runs accepted, what became of them is not known: {reason}"
    unwitnessed = account.undecided.get("duplicate")
    doubled = f"{account.duplicated_count} duplicated"
    words = [
        f"{account.accepted} runs accepted",
        f"{finished_once(account)} finished{'' if unwitnessed else ' once'}",
        f"{account.lost_count} lost",
        f"duplicates not judged ({unwitnessed})" if unwitnessed else doubled,
    ]
    for number, what in (
        (len(account.unfinished), "unfinished"),
        (account.unread, "not readable at the end"),
        (account.failed, "ended in error"),
    ):
        words += [f"{number} {what}"] if number else []
    return ", ".join(words)


def is_clean(account: Account) -> bool:
    """Return whether nothing was found that a server must not do."""
    return not (account.findings_count or account.unfinished or account.unread)


def lines(account: Account) -> list[str]:
    """Return the sentence, and below it the runs that it is about."""
    report = [sentence(account)]
    for what in ("lost", "duplicated", "unfinished"):
        nonces = getattr(account, what)
        report += [
            f"  {what}: run {account.run_ids.get(nonce, 'of unknown id')} (nonce {nonce})"
            for nonce in nonces[:SHOWN]
        ]
    report += [f"  {finding}" for finding in account.findings[:SHOWN]]
    unlisted = account.findings_count - len(account.findings[:SHOWN])
    if unlisted > 0:
        report.append(f"  and {unlisted} more findings")
    if account.left_behind:
        report.append(f"  {account.left_behind} threads could not be deleted")
    return report


def describe_arrivals(arrivals: Arrivals | None) -> list[str]:
    """Return whether the schedule was kept, and what else the latencies measured."""
    if arrivals is None:
        return []
    kept = f"{arrivals['begun']} runs begun by schedule, 99 % within {arrivals['lag_p99_ms']} ms"
    reasons = [f"INCONCLUSIVE latencies: {reason}" for reason in arrivals["reasons"]]
    return [kept, *reasons]


def write(path: Path, load: Load) -> None:
    """Write the "load" object as JSON."""
    path.write_bytes(orjson.dumps(load, option=orjson.OPT_INDENT_2))


def _series(exported: Sequence[Exported]) -> list[SecondRow]:
    seconds: dict[int, Second] = {}
    for each in exported:
        for at, row in each["per_second"].items():
            accepted, finished, events, cpu_s, server_cpu_s, runs = row
            second = seconds.setdefault(int(at), Second())
            second.accepted += accepted
            second.finished += finished
            second.events += events
            second.cpu_s += cpu_s
            second.server_cpu_s += server_cpu_s
            second.runs.add(HdrHistogram.decode(runs))
    first = min(seconds, default=0)
    has_server = any(each["has_server"] for each in exported)
    return [_row(at - first, seconds[at], has_server) for at in sorted(seconds)]


def _row(t_s: int, second: Second, has_server: bool) -> SecondRow:
    return {
        "t_s": t_s,
        "finished_per_s": second.finished,
        "accepted_per_s": second.accepted,
        "events_per_s": second.events,
        "p50_ms": percentile_ms(second.runs, 50) if second.finished else None,
        "p99_ms": percentile_ms(second.runs, 99) if second.finished else None,
        "cpu_pct": round(100 * second.cpu_s, 1),
        "server_cpu_pct": round(100 * second.server_cpu_s, 1) if has_server else None,
    }


def _operations(exported: Sequence[Exported], seconds: float) -> list[OperationRow]:
    rows: dict[str, list[Any]] = {}
    for each in exported:
        for name, (count, failures, latency) in each["operations"].items():
            row = rows.setdefault(name, [0, 0, histogram()])
            row[0] += count
            row[1] += failures
            row[2].add(HdrHistogram.decode(latency))
    return [
        {
            "name": name,
            "count": count,
            "failures": failures,
            "per_s": round(count / seconds, 2) if seconds else 0.0,
            "p50_ms": percentile_ms(latency, 50),
            "p90_ms": percentile_ms(latency, 90),
            "p99_ms": percentile_ms(latency, 99),
            "p999_ms": percentile_ms(latency, 99.9),
            "max_ms": round(latency.get_max_value() / 1000, 3),
        }
        for name, (count, failures, latency) in sorted(rows.items())
    ]
