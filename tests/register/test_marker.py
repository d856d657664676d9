"""The marker and the listing: ids are checked at import, and a person gets a table."""

import ast
import io
from pathlib import Path

import pytest
from rich.console import Console

from onceproof.conformance import register
from onceproof.conformance.errors import UsageError
from onceproof.conformance.register import get_requirement, listing, select
from onceproof.conformance.register.marker import requirement

DOES_IO = {"asyncpg", "asyncio", "httpx", "redis", "socket", "subprocess", "urllib"}


@pytest.fixture(autouse=True)
def _marker_is_registered(request):
    request.config.addinivalue_line("markers", "requirement(*ids): what the test proves")


def test_the_mark_carries_the_ids():
    mark = requirement("RUN-01", "RUN-02").mark
    assert mark.name == "requirement"
    assert mark.args == ("RUN-01", "RUN-02")


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        (["RUN-77"], "requirement 'RUN-77' is not in the register; chapter RUN holds"),
        (["run-01"], "requirement 'run-01' is not in the register"),
        ([], "requirement() needs at least one id"),
        (["RUN-01", "RUN-01"], "requirement() names an id twice: RUN-01, RUN-01"),
    ],
)
def test_a_bad_marker_stops_the_import(ids, sentence):
    with pytest.raises(UsageError) as caught:
        requirement(*ids)
    assert sentence in str(caught.value)


def test_a_terminal_gets_a_table(monkeypatch):
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=100, color_system=None)
    monkeypatch.setattr(listing, "Console", lambda **_: terminal)
    listing.print_list(select(["SDK"]).values())
    header, first, *_ = screen.getvalue().splitlines()
    assert header.split() == ["id", "level", "scope", "title"]
    assert first.split()[:3] == ["SDK-01", "MUST", "core"]


def test_fields_leave_out_what_is_empty():
    names = [name for name, _ in listing.fields(get_requirement("RUN-01"))]
    assert names == ["chapter", "level", "scope", "profile", "judged by", "sources"]


def test_fields_repeat_for_each_accepted_form():
    values = [
        value for name, value in listing.fields(get_requirement("CAN-02")) if name == "accepted"
    ]
    assert values == ["202", "204", "200"]


def test_the_register_imports_nothing_that_does_io():
    for file in Path(register.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not {name.partition(".")[0] for name in names} & DOES_IO, file.name
