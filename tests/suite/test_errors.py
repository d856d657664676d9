"""Which error answers have the documented form, and for which the server is to blame."""

from typing import Any

import pytest

from onceproof.conformance.history import Record
from onceproof.conformance.suite.kit.routes import is_api
from onceproof.conformance.suite.system.errors import find_server_errors, has_detail
from onceproof.conformance.wire.client import BODY_PREFIX, ErrorAnswer

JSON = "application/json"
SECOND = 10**9


def error(body: bytes, kind: str = JSON, path: str = "/threads", status: int = 422) -> ErrorAnswer:
    return ErrorAnswer("POST", path, status, kind, body)


@pytest.mark.parametrize(
    "good",
    [
        error(b'{"detail": "no such thread"}'),
        error(b'{"ok": false, "detail": "Postgres is away"}', "application/json; charset=utf-8"),
        error((b'{"detail": "' + b"x" * BODY_PREFIX)[:BODY_PREFIX]),
        error(b"namespace labels may hold no dot", "text/plain", "/store/items"),
        error(b'{"error": "key is missing"}', path="/store/items", status=400),
    ],
)
def test_the_documented_form_and_its_accepted_exceptions(good: ErrorAnswer) -> None:
    assert has_detail(good)


@pytest.mark.parametrize(
    "bad",
    [
        error(b""),
        error(b"Internal Server Error", "text/plain", status=500),
        error(b'{"detail": ""}'),
        error(b'{"detail": [{"loc": ["limit"]}]}'),
        error(b'{"error": "no such thread"}'),
        error(b'["detail"]'),
        error(b'{"detail": "cut off'),
        error((b'{"message": "' + b"x" * BODY_PREFIX)[:BODY_PREFIX]),
        error(b'{"detail": "not said to be JSON"}', "text/html"),
        error(b"refused", "text/plain", "/store/items", 400),
    ],
)
def test_any_other_form(bad: ErrorAnswer) -> None:
    assert not has_detail(bad)


def mark(i: int, status: int, path: str = "/threads") -> Record:
    value = {"method": "POST", "path": path, "type": JSON}
    return Record(i, i * SECOND, "api", "mark", "http-error", None, value, "{}", {"status": status})


def fault(i: int, phase: str) -> Record:
    value: dict[str, Any] = {"phase": phase, "recovery_ms": 2000}
    return Record(i, i * SECOND, "faults", "fault", "redis-paused", None, value)


def test_the_server_is_to_blame_for_5xx_only() -> None:
    history = [mark(0, 404), mark(1, 500), mark(2, 501), mark(3, 503), mark(4, 500, "/nowhere")]
    assert [each.split()[3] for each in find_server_errors(history)] == ["500", "503"]


def test_a_fault_of_the_harness_explains_errors_until_it_is_felt_no_more() -> None:
    history = [fault(1, "inject"), mark(2, 503), fault(3, "heal"), mark(4, 503), mark(6, 503)]
    assert len(list(find_server_errors([mark(0, 503), *history]))) == 2


def test_operations_are_known_by_method_and_path() -> None:
    assert is_api("POST", "/threads/1/runs/2/cancel")
    assert is_api("GET", "/runs/crons/1")
    assert not is_api("GET", "/threads")
    assert not is_api("POST", "/mcp")
