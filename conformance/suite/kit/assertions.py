"""Assertions that answer in sentences.

expect, expect_refusal, expect_fields   what a request is answered
same, expect_values                     a value, and some values among others
assert_checks                           the history of some runs
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpx

from onceproof.conformance.checks import CHECKS
from onceproof.conformance.history import Record
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.verdicts import inconclusive

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def describe_request(response: httpx.Response) -> str:
    """Return the request that was answered, as a person would write it."""
    return f"{response.request.method} {response.request.url.raw_path.decode()}"


def expect(response: httpx.Response, *statuses: int) -> Any:
    """Return the JSON body of an answer that must have one of these statuses (200 if none)."""
    __tracebackhide__ = True
    allowed = statuses or (200,)
    if response.status_code not in allowed:
        wanted = " or ".join(map(str, allowed))
        raise AssertionError(
            f"{describe_request(response)} answered {response.status_code}, but should answer "
            f"{wanted}: {response.text[:300]}"
        )
    return response.json() if response.content.strip() else None


def expect_refusal(response: httpx.Response, *statuses: int) -> str:
    """Return the sentence of a refusal that must have one of these statuses.

    That it stands in `detail` is demanded of every error once, by SYS-09; one that stands in
    `message`, or in a list of what is wrong with each field, is not a second failure of whatever
    is refused.
    """
    __tracebackhide__ = True
    body = expect(response, *statuses)
    error = body if isinstance(body, Mapping) else {}
    sentence = _join_fields(error.get("detail", error.get("message")))
    if not isinstance(sentence, str) or not sentence:
        raise AssertionError(
            f"{describe_request(response)} answered {response.status_code} with "
            f'{response.text[:200]!r}, but an error should be {{"detail": <sentence>}}'
        )
    return sentence


def _join_fields(detail: Any) -> Any:
    """One sentence of the list that validators of Python servers give; else `detail` itself."""
    if isinstance(detail, list) and all(isinstance(entry, Mapping) for entry in detail):
        return "; ".join(_describe_field(entry) for entry in detail if entry.get("msg"))
    return detail


def _describe_field(entry: Mapping[str, Any]) -> str:
    place = entry.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else ""
    return f"{where}: {entry['msg']}" if where else str(entry["msg"])


def same(what: str, got: Any, want: Any) -> None:
    """Assert that `got` equals `want`."""
    __tracebackhide__ = True
    if got != want:
        raise AssertionError(f"{what} is {got!r}, but should be {want!r}")


def expect_values(what: str, thing: Mapping[str, Any], want: Mapping[str, Any]) -> None:
    """Assert that the object has all of these values; what it holds beside them is its own.

    A server may keep metadata of its own in a thread, a run or an assistant.
    """
    __tracebackhide__ = True
    same(what, {name: thing[name] for name in want if name in thing}, dict(want))


def expect_fields(what: str, thing: Mapping[str, Any], fields: Sequence[str]) -> None:
    """Assert that the object has all of these fields."""
    __tracebackhide__ = True
    missing = [name for name in fields if name not in thing]
    if missing:
        raise AssertionError(f"{what} lacks {', '.join(missing)}; it has {', '.join(thing)}")


def assert_checks(session: Session, nonces: Iterable[str], *checks: str) -> None:
    """Assert that the history of these runs, subscriptions included, passes each of the checks.

    Inconclusive where a check finds nothing in it to judge.
    """
    __tracebackhide__ = True
    mine = set(nonces)
    records = [record for record in session.records() if _concerns(record, mine)]
    for check in checks:
        result = CHECKS[check](records)
        same(f"findings of the check {check!r}", [found.sentence for found in result.findings], [])
        if result.reason:
            inconclusive(f"{check}: {result.reason}")


def _concerns(record: Record, nonces: set[str]) -> bool:
    if record.op.startswith("sub."):
        return isinstance(record.value, dict) and record.value.get("nonce") in nonces
    return record.kind in ("fault", "mark") or record.key in nonces
