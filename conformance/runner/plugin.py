"""The pytest plugin: options that name a target, the requirement marker, and the verdicts.

It is loaded wherever the package is installed, so it imports nothing heavy, and in sessions that do
not run the suite it does nothing. `onceproof certify` passes its own `Collector` to pytest; in a
plain `pytest --pyargs onceproof.conformance.suite --onceproof-url URL` the suite judges by itself.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from onceproof.conformance.errors import OnceproofError, UsageError
from onceproof.conformance.runner.suite_session import name_suite, rewrite_old_names, runs_suite
from onceproof.conformance.runner.target_options import (
    ONLY,
    TARGET_OPTIONS,
    for_pytest,
)

if TYPE_CHECKING:
    from onceproof.conformance.app.agent_server import AgentServer
    from onceproof.conformance.app.remains import Remains
    from onceproof.conformance.app.server import AppServer
    from onceproof.conformance.options import Options

MARKER = "requirement(*ids): the requirements of the register that this test proves"

#: Marks a test that others who use the target would feel; the argument is one of the reasons in
#: `onceproof.conformance.guest.foreign`.
TOUCHES_OTHERS = "touches_others"
TOUCHES = f"{TOUCHES_OTHERS}(reason): runs only with --exclusive, or against a target started here"

APP = "langgraph.json that agent_server hosts, from the root folder (default: the one in it)"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("onceproof", "conformance of an Agent Server")
    for option in (*TARGET_OPTIONS, ONLY):
        group.addoption(option.pytest_name, **option.pytest_settings())
    parser.addini("onceproof_app", APP, default="")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Translate, in a session of the suite, old names of options and of the suite itself.

    Not those of PYTEST_ADDOPTS and of a configuration file, which come before the command line's:
    there they are some other plugin's.
    """
    known = early_config.known_args_namespace
    if not runs_suite(known.file_or_dir, early_config.invocation_params.dir):
        return
    typed = len(early_config.invocation_params.args)
    first = len(args) - typed
    args[first:] = [name_suite(word) for word in rewrite_old_names(args[first:])]
    early_config.known_args_namespace = parser.parse_known_args(
        args, namespace=copy.copy(early_config.option)
    )
    early_config.known_args_namespace.confcutdir = known.confcutdir


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    config.addinivalue_line("markers", TOUCHES)
    processes = getattr(config.option, "numprocesses", None)
    if isinstance(processes, int) and runs_suite(config.args, config.invocation_params.dir):
        _refuse_shared_target(config, processes)


def _refuse_shared_target(config: pytest.Config, processes: int) -> None:
    from onceproof.conformance.runner.lanes import lane_of, refuse_shared_target
    from onceproof.conformance.session import SESSION

    if lane_of(config) or SESSION in config.stash:
        return  # a lane of a certification, or its beginning: that has settled what is shared
    try:
        refuse_shared_target(options_of(config), processes, "-n")
    except UsageError as error:
        raise pytest.UsageError(for_pytest(str(error))) from None


def options_of(config: pytest.Config) -> Options:
    """Return the options of a pytest session, or of one lane of it; pytest.UsageError if they
    contradict each other."""
    from onceproof.conformance.options import Options
    from onceproof.conformance.runner.lanes import lane_of

    values: dict[str, Any] = {
        option.field: config.getoption(option.pytest_name) for option in TARGET_OPTIONS
    }
    values |= {field: tuple(each) for field, each in values.items() if isinstance(each, list)}
    if lane_of(config) and values["run_dir"]:
        values["run_dir"] /= lane_of(config)
    try:
        return Options(**values)
    except UsageError as error:
        raise pytest.UsageError(for_pytest(str(error))) from None


@contextmanager
def option_names_of_pytest() -> Iterator[None]:
    """Let errors from inside call the options what pytest calls them."""
    try:
        yield
    except OnceproofError as error:
        raise type(error)(for_pytest(str(error))) from error


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    prefixes = [prefix.upper() for prefix in config.getoption(ONLY.pytest_name)]
    if not prefixes:
        return
    selected: list[pytest.Item] = []
    deselected: list[pytest.Item] = []
    for item in items:
        ids = ids_of(item)
        chosen = any(one.startswith(prefix) for one in ids for prefix in prefixes)
        (selected if chosen else deselected).append(item)
    if deselected:
        config.hook.pytest_deselected(items=deselected)
        items[:] = selected


def ids_of(item: pytest.Item) -> tuple[str, ...]:
    """Return the requirements that a test is bound to, the nearest marker's first."""
    return tuple(
        dict.fromkeys(one for marker in item.iter_markers("requirement") for one in marker.args)
    )


@pytest.fixture(scope="session")
def _agent_server_of_session(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[AppServer, Remains]]:
    """The one server of a session, started when a test first asks for it."""
    from onceproof.conformance.app.fixture import open_app
    from onceproof.conformance.app.remains import Remains

    with open_app(pytestconfig, tmp_path_factory.mktemp("agent-server")) as server:
        yield server, Remains(server.url)


@pytest.fixture
def agent_server(_agent_server_of_session: tuple[AppServer, Remains]) -> AgentServer:
    """An Agent Server that hosts the graphs of this project's langgraph.json (docs/your-graphs.md).

    It has `url`, `client()`, `sync_client()`, and `assert_ok()`, which fails the test for whatever
    went wrong with its runs.
    """
    from onceproof.conformance.app.agent_server import AgentServer

    return AgentServer(*_agent_server_of_session)
