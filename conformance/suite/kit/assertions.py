"""Assertions that answer in sentences."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def call_of(response: httpx.Response) -> str:
    """The request as a person would write it."""
    return f"{response.request.method} {response.request.url.raw_path.decode()}"


def answered(response: httpx.Response, *statuses: int) -> Any:
    """The JSON body of an answer with one of these statuses (200 if none is given)."""
    __tracebackhide__ = True
    allowed = statuses or (200,)
    if response.status_code not in allowed:
        wanted = " or ".join(map(str, allowed))
        raise AssertionError(
            f"{call_of(response)} answered {response.status_code}, but should answer {wanted}: "
            f"{response.text[:300]}"
        )
    return response.json() if response.content.strip() else None


def refused(response: httpx.Response, *statuses: int) -> str:
    """The sentence of a refusal with one of these statuses.

    That it stands in `detail` is demanded of every error once, by SYS-09; one that stands in
    `message`, or in a list of what is wrong with each field, is no second failure of whatever is
    refused.
    """
    __tracebackhide__ = True
    body = answered(response, *statuses)
    told = body if isinstance(body, Mapping) else {}
    sentence = _of_fields(told.get("detail", told.get("message")))
    if not isinstance(sentence, str) or not sentence:
        raise AssertionError(
            f"{call_of(response)} answered {response.status_code} with {response.text[:200]!r}, "
            'but an error should be {"detail": <sentence>}'
        )
    return sentence


def _of_fields(detail: Any) -> Any:
    """One sentence of the list that validators of Python servers give; else what was given."""
    if isinstance(detail, list) and all(isinstance(each, Mapping) for each in detail):
        return "; ".join(_of_field(each) for each in detail if each.get("msg"))
    return detail


def _of_field(each: Mapping[str, Any]) -> str:
    place = each.get("loc")
    where = ".".join(map(str, place)) if isinstance(place, list) else ""
    return f"{where}: {each['msg']}" if where else str(each["msg"])


def same(what: str, got: Any, want: Any) -> None:
    """`got` equals `want`."""
    __tracebackhide__ = True
    if got != want:
        raise AssertionError(f"{what} is {got!r}, but should be {want!r}")


def has_fields(what: str, thing: Mapping[str, Any], fields: Sequence[str]) -> None:
    """The object has all of these fields."""
    __tracebackhide__ = True
    missing = [name for name in fields if name not in thing]
    if missing:
        raise AssertionError(f"{what} lacks {', '.join(missing)}; it has {', '.join(thing)}")
