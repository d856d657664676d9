"""All errors that any test of this run has seen; the conftest puts this file after all others."""

import json
import re
from collections.abc import Iterable, Iterator

from conformance.checks.windows import Windows
from conformance.history import Record
from conformance.register.marker import requirement
from conformance.session import Session
from conformance.suite.signals import inconclusive
from conformance.suite.system.matrix import Probe, ask, blame
from conformance.suite.system.routes import CORE, EXTENSIONS, is_api
from conformance.wire.client import BODY_PREFIX, Api, ErrorAnswer

STORE = "/store/"
DETAIL = re.compile(rb'\s*\{.*"detail"\s*:\s*"[^"]', re.DOTALL)


@requirement("SYS-09")
async def test_every_error_is_json_with_a_detail(api: Api) -> None:
    await make_errors(api)
    errors = [each for each in api.errors if is_api(each.method, each.path)]
    assert errors, "no operation of the API has ever answered with an error"
    blame(
        [tell(each) for each in errors if not has_detail(each)], len(errors), "JSON with a detail"
    )


@requirement("SYS-14")
async def test_no_error_of_the_run_is_the_server_s(api: Api, session: Session) -> None:
    await make_errors(api)
    seen = list(error_marks(session.records()))
    if not seen:
        inconclusive("no operation of the API has ever answered with an error")
    blame(list(server_errors(session.records())), len(seen), "below 500")


async def make_errors(api: Api) -> None:
    """One error of every operation, so that there is something to judge without the other tests."""
    cut_short = {"content": b"{", "headers": {"content-type": "application/json"}}
    await ask(
        api,
        [
            Probe(each.method, each.at(namespace="none"), cut_short if each.body else {})
            for each in (*CORE, *EXTENSIONS)
        ],
    )


def has_detail(error: ErrorAnswer) -> bool:
    """The documented form, or one of the exceptions that the register accepts for the store."""
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


def tell(error: ErrorAnswer) -> str:
    return f"{error.method} {error.path} answered {error.status} {error.body[:80]!r}"


def error_marks(history: Iterable[Record]) -> Iterator[Record]:
    """Errors of operations of the API, with the time at which they came."""
    for record in history:
        if record.op == "http-error" and is_api(record.value["method"], record.value["path"]):
            yield record


def server_errors(history: list[Record]) -> Iterator[str]:
    """Errors from 500 on that no fault explains which the harness had brought about."""
    faults = Windows(history)
    for mark in error_marks(history):
        status = (mark.http or {}).get("status", 0)
        if status >= 500 and not faults.cover(None, mark.t, mark.t):
            call = f"{mark.value['method']} {mark.value['path']}"
            yield f"{call} answered {status} {(mark.error or '')[:80]!r}"
