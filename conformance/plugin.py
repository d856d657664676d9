"""The pytest plugin: options that name a target, the requirement marker, and the verdicts.

It is loaded wherever the package is installed, so it imports nothing heavy and stays silent in
sessions that do not run the suite. `onceproof certify` hands its own `Collector` to pytest; a
plain `pytest --pyargs conformance.suite --target-url URL` gets one made here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conformance.options import Options

MARKER = "requirement(*ids): the requirements of the register that this test proves"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("onceproof", "conformance of an Agent Server")
    group.addoption(
        "--target-url",
        action="append",
        default=[],
        metavar="URL",
        help="base URL of a running server; give it again for each further replica",
    )
    group.addoption(
        "--target-command",
        metavar="COMMAND",
        help="command that starts a server; {port}, {role} and {python} are filled in",
    )
    group.addoption(
        "--target-image",
        metavar="IMAGE",
        help="container image of a server; --target-command is then its container's command",
    )
    group.addoption(
        "--target-env",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="variable for a server that is started here; again for each further one",
    )
    group.addoption(
        "--target-lever",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="command that breaks or mends a replica of a running server; {replica} is filled in",
    )
    group.addoption(
        "--target-worker",
        action="append",
        default=[],
        metavar="NAME",
        help="replica of a running server that serves no API; again for each further one",
    )
    group.addoption("--database-uri", metavar="URI", help="the Postgres of the server")
    group.addoption("--redis-uri", metavar="URI", help="the Redis of the server: tests empty it")
    group.addoption(
        "--witness-address",
        metavar="ADDRESS",
        help="address of this machine under which the server reaches the harness",
    )
    group.addoption(
        "--stack",
        choices=("embedded", "containers", "external", "none"),
        help="Postgres and Redis for a server that is started here",
    )
    group.addoption(
        "--target-profile",
        metavar="NAME|FILE",
        help="what is known of the target: a shipped profile or a TOML file",
    )
    group.addoption("--run-dir", type=Path, metavar="DIR", help="folder for history and logs")
    group.addoption("--api-replicas", type=int, default=2, help="API processes to start")
    group.addoption("--worker-replicas", type=int, default=2, help="worker processes to start")
    group.addoption(
        "--only",
        action="append",
        default=[],
        metavar="ID",
        help="only tests of requirements whose id starts with ID, such as RUN or STR-06",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


def options_of(config: pytest.Config) -> Options:
    """The options of a pytest session, or of one lane of it."""
    from conformance.lanes import lane_of
    from conformance.options import Options

    folder, lane = config.getoption("--run-dir"), lane_of(config)
    return Options(
        urls=tuple(config.getoption("--target-url")),
        command=config.getoption("--target-command"),
        image=config.getoption("--target-image"),
        env=tuple(config.getoption("--target-env")),
        levers=tuple(config.getoption("--target-lever")),
        workers=tuple(config.getoption("--target-worker")),
        database_uri=config.getoption("--database-uri"),
        redis_uri=config.getoption("--redis-uri"),
        witness_address=config.getoption("--witness-address"),
        stack=config.getoption("--stack"),
        run_dir=folder / lane if folder and lane else folder,
        api_replicas=config.getoption("--api-replicas"),
        worker_replicas=config.getoption("--worker-replicas"),
        target_profile=config.getoption("--target-profile"),
    )


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
