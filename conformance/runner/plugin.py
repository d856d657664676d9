"""The pytest plugin: options that name a target, the requirement marker, and the verdicts.

It is loaded wherever the package is installed, so it imports nothing heavy and stays silent in
sessions that do not run the suite. `onceproof certify` hands its own `Collector` to pytest; a
plain `pytest --pyargs onceproof.conformance.suite --target-url URL` gets one made here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from onceproof.conformance.runner.target_options import TARGET, many

if TYPE_CHECKING:
    from onceproof.conformance.options import Options

MARKER = "requirement(*ids): the requirements of the register that this test proves"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("onceproof", "conformance of an Agent Server")
    for given in TARGET:
        group.addoption(given.name, **given.about)
    group.addoption("--run-dir", type=Path, metavar="DIR", help="folder for history and logs")
    group.addoption(
        "--only",
        **many("ID", "only tests of requirements whose id starts with ID, such as RUN or STR-06"),
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


def options_of(config: pytest.Config) -> Options:
    """The options of a pytest session, or of one lane of it."""
    from onceproof.conformance.options import Options
    from onceproof.conformance.runner.lanes import lane_of

    folder, lane = config.getoption("--run-dir"), lane_of(config)
    told: dict[str, Any] = {given.field: config.getoption(given.name) for given in TARGET}
    told |= {field: tuple(each) for field, each in told.items() if isinstance(each, list)}
    return Options(run_dir=folder / lane if folder and lane else folder, **told)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    prefixes = [prefix.upper() for prefix in config.getoption("--only")]
    if not prefixes:
        return
    kept: list[pytest.Item] = []
    dropped: list[pytest.Item] = []
    for item in items:
        ids = ids_of(item)
        chosen = any(one.startswith(prefix) for one in ids for prefix in prefixes)
        (kept if chosen else dropped).append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


def ids_of(item: pytest.Item) -> tuple[str, ...]:
    """The requirements a test is bound to, the nearest marker's first."""
    return tuple(
        dict.fromkeys(one for marker in item.iter_markers("requirement") for one in marker.args)
    )
