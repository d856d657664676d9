"""What every test of the suite can ask for.

session   the certification under way: folder, stack, target, history, sink
api       HTTP to the target, alternating over its replicas; errors are remembered
runs      runs driven and recorded; its threads are deleted and its runs snapped at the end
sink      the witness of node executions
levers    control over the target's processes; whatever is down at the end is started again
observe   note which of several accepted forms the target showed
calm      return when no fault can be felt any more
small     a second deployment to starve, stop and kill, with `small_runs` on it

Each test as a whole has a time limit. Its own waits have one, too, but not those inside a library,
and a target that never ends its answer would hold up everything after it. Ctrl-C ends it.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest

from onceproof.conformance.errors import (
    Interrupted,
    NeedsExclusive,
    OnceproofError,
    describe_full,
)
from onceproof.conformance.guest.foreign import BREAKS, explain
from onceproof.conformance.history import Recorder
from onceproof.conformance.run_folder import has_room
from onceproof.conformance.runner import plugin
from onceproof.conformance.runner.attribution import attribute_failure
from onceproof.conformance.runner.collector import OBSERVED, PROBE
from onceproof.conformance.runner.discretion import hide_in_report
from onceproof.conformance.runner.foresight import foresee_session
from onceproof.conformance.runner.lanes import FAILURE, group_tests, lane_of, save_tests
from onceproof.conformance.runner.lumps import WAIT_S, begin_test
from onceproof.conformance.runner.outcomes import (
    demand_outcome,
    list_plugins,
    note_outcome,
    refuse_options,
)
from onceproof.conformance.runner.plugin import TOUCHES_OTHERS, option_names_of_pytest, options_of
from onceproof.conformance.runner.target_options import ONLY
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.session import SESSION, Session
from onceproof.conformance.stopping import heed_signals, stop_request
from onceproof.conformance.suite.kit.interruption import (
    interruptible,
    interruption,
    leave_on_request,
    limit_duration,
)
from onceproof.conformance.suite.kit.recovery import calm
from onceproof.conformance.suite.kit.small_deployment import small, small_runs
from onceproof.conformance.suite.kit.verdicts import HANDS, begin_anew, not_judged, skip_what_lacks
from onceproof.conformance.targets import Levers, Target
from onceproof.conformance.wire.any_graph import PROBE as PROBE_OF_ANY
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.probes import ANY, ASKED
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: Fixtures defined elsewhere. A conftest further down would make another deployment of its own.
__all__ = ["calm", "small", "small_runs"]


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module, name: str, obj: object) -> None:
    """Mark every coroutine test for anyio, so that no module has to."""
    if collector.istestfunction(obj, name) and inspect.iscoroutinefunction(obj):
        pytest.mark.anyio(obj)


def pytest_itemcollected(item: pytest.Item) -> None:
    if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
        item.obj = limit_duration(item.obj)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    options = options_of(config)  # which contradict each other, if they do, before the first test
    if lane_of(config):
        group_tests(items)
        if options.run_dir:
            save_tests(options.run_dir, items)  # also those that are deselected after this


#: What the set-up of each fixture asked for, the last time.
_PROBES_OF: dict[str, frozenset[str]] = {}


class _Outcomes:
    """A plugin of its own, since a hook for reports learns no configuration."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        demand_outcome(self._config, report)


def pytest_configure(config: pytest.Config) -> None:
    refuse_options(config)
    config.pluginmanager.register(_Outcomes(config))
    if lane_of(config):  # which is asked to stop by the certification, from its first moment on
        ExitStack().enter_context(heed_signals())


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    with interruption.listen(session):
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    if lane_of(session.config):
        output: dict[str, str | None] = session.config.workeroutput  # type: ignore[attr-defined]
        output[FAILURE] = stop_request.failure
    # What an interrupted session could not clear away stays; the reports are still to be written.
    ignored = (Exception, pytest.fail.Exception, pytest.skip.Exception)
    with suppress(*(ignored if stop_request.is_made else ())):
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
    made = fixturedef.func
    if inspect.isasyncgenfunction(made):
        fixturedef.func = interruptible(made)  # type: ignore[misc]  # as anyio's plugin does
    before = set(ASKED)
    try:
        return (yield)
    finally:
        _PROBES_OF[fixturedef.argname] = frozenset(ASKED - before)
        fixturedef.func = made  # type: ignore[misc]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None:
        _give_up_on_a_full_disk(item.config)
        leave_on_request()
    attribute_failure(report, item, call)
    _note_probes(report, item)
    if item.config.pluginmanager.hasplugin("terminalreporter"):  # not in a certification
        hide_in_report(report)
    note_outcome(item, report)
    return report


def _note_probes(report: pytest.TestReport, item: pytest.Item) -> None:
    """Note which probes a test has asked for: itself, and in fixtures that it shares."""
    shared = (_PROBES_OF.get(name, frozenset()) for name in getattr(item, "fixturenames", ()))
    asked = ASKED.union(*shared)
    if ANY in asked:
        asked.discard(PROBE_OF_ANY)
    report.user_properties += [(PROBE, each) for each in sorted(asked)]
    if report.when == "teardown":
        ASKED.clear()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    plugins = ", ".join(list_plugins(config))
    terminalreporter.write_line(f"onceproof judged beside these plugins: {plugins}")


def _give_up_on_a_full_disk(config: pytest.Config) -> None:
    """What fails on a full disk accuses nobody: the target's own files may be there, too."""
    session = config.stash.get(SESSION, None)
    if session is not None and not has_room(session.folder):
        stop_request.give_up(describe_full(session.folder))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    leave_on_request()
    begin_test(item)
    begin_anew(item)
    with skip_what_lacks(plugin.ids_of(item)):
        _demand_exclusive(item)
        yield


def _demand_exclusive(item: pytest.Item) -> None:
    """Raise NeedsExclusive for a test that others would feel, where there may be others."""
    marker = item.get_closest_marker(TOUCHES_OTHERS)
    session = item.config.stash.get(SESSION, None)
    options = session.options if session else options_of(item.config)
    if marker is not None and not options.is_exclusive:
        raise NeedsExclusive(explain(marker.args[0]))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    with skip_what_lacks(plugin.ids_of(item)):
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@contextmanager
def _leave_without_target(config: pytest.Config) -> Iterator[None]:
    """End a session in one sentence, with its status, if there is nothing that it could judge.

    Not in a lane: that ends with its certification, which knows the reason.
    """
    try:
        yield
    except OnceproofError as error:
        if lane_of(config) or isinstance(error, Interrupted):
            raise
        pytest.exit(SECRETS.hide(str(error)), error.exit_status)


@pytest.fixture(scope="session")
def session(pytestconfig: pytest.Config) -> Iterator[Session]:
    given = pytestconfig.stash.get(SESSION, None)
    if given is not None:
        given.guard.refuse = not_judged
        yield given
        return
    with ExitStack() as stack:
        with _leave_without_target(pytestconfig), option_names_of_pytest():
            made = stack.enter_context(Session(options_of(pytestconfig)))
            made.look.demand_suite(selected=bool(pytestconfig.getoption(ONLY.pytest_name)))
            pytestconfig.stash[SESSION] = made
            _announce(pytestconfig, made)
            made.guard.refuse = not_judged
        yield made


def _announce(config: pytest.Config, session: Session) -> None:
    """Say before the first test what will not be judged; not in a lane, which has no terminal."""
    terminal = config.pluginmanager.getplugin("terminalreporter")
    said = foresee_session(session, config.getoption(ONLY.pytest_name))
    if terminal is not None and said is not None:
        terminal.ensure_newline()
        terminal.write_line(f"onceproof: {said}")


@pytest.fixture(scope="session")
def target(session: Session) -> Target:
    return session.target


@pytest.fixture(scope="session")
def history(session: Session) -> Recorder:
    return session.history


@pytest.fixture(scope="session")
def sink(session: Session) -> Sink:
    return session.sink


@pytest.fixture(scope="session")
async def api(session: Session) -> AsyncIterator[Api]:
    urls, guard = session.target.urls, session.guard
    async with Api(urls, session.history, away=session.away, guard=guard) as made:
        made.timeout_s = WAIT_S if session.look.lumps else made.timeout_s
        yield made


@pytest.fixture
async def runs(api: Api, session: Session) -> AsyncIterator[Runs]:
    async with Runs(api, session.history, session.sink.url) as made:
        yield made


@pytest.fixture
def levers(target: Target, session: Session) -> Iterator[Levers]:
    if target.levers is None:
        not_judged(HANDS)
    if not session.options.is_exclusive:
        raise NeedsExclusive(explain(BREAKS))
    yield target.levers
    for replica in target.replicas:
        target.levers.resume(replica.name)
        if not target.levers.alive(replica.name):
            target.levers.start(replica.name)


@pytest.fixture
def observe(request: pytest.FixtureRequest) -> Callable[[str], None]:
    return lambda form: request.node.user_properties.append((OBSERVED, form))
