"""Judges errors after the fact: their form, and whether the server is to blame."""

import json
import re
from collections.abc import Iterable, Iterator

from onceproof.conformance.checks.views.windows import Windows
from onceproof.conformance.history import Record
from onceproof.conformance.history.vocabulary import HTTP_ERROR
from onceproof.conformance.preflight.gateways import find_author
from onceproof.conformance.suite.kit.routes import is_api
from onceproof.conformance.wire.client import BODY_PREFIX, ErrorAnswer

STORE = "/store/"
NOT_IMPLEMENTED = 501  # the documented answer of optional operations
DETAIL = re.compile(rb'\s*\{.*"detail"\s*:\s*"[^"]', re.DOTALL)


def has_detail(error: ErrorAnswer) -> bool:
    """Return whether an error has the documented form, or one that the register also accepts."""
    if error.path.startswith(STORE) and error.status == 422 and "text/plain" in error.content_type:
        return bool(error.body.strip())
    if "json" not in error.content_type:
        return False
    if len(error.body) >= BODY_PREFIX:  # cut off, so no longer JSON
        return DETAIL.match(error.body) is not None
    try:
        body = json.loads(error.body)
    except ValueError:
        return False
    detail = body.get("detail") if isinstance(body, dict) else None
    if detail is None and isinstance(body, dict) and error.path == "/store/items":
        detail = body.get("error")
    return isinstance(detail, str) and bool(detail)


def describe_error(error: ErrorAnswer) -> str:
    return f"{error.method} {error.path} answered {error.status} {error.body[:80]!r}"


def select_error_marks(history: Iterable[Record]) -> Iterator[Record]:
    """Select the errors of API operations, with their times."""
    for record in history:
        if record.op == HTTP_ERROR and is_api(record.value["method"], record.value["path"]):
            yield record


def find_server_errors(history: list[Record]) -> Iterator[str]:
    """Find answers of 500 and above that no injected fault explains."""
    faults = Windows(history)
    for mark in select_error_marks(history):
        status = (mark.http or {}).get("status", 0)
        blamed = status >= 500 and status != NOT_IMPLEMENTED
        if blamed and not faults.cover(None, mark.t, mark.t):
            call, page = f"{mark.value['method']} {mark.value['path']}", mark.error or ""
            author = find_author(mark.value["type"], page.encode())
            yield f"{call} answered {status} " + (f"by {author}" if author else f"{page[:80]!r}")
