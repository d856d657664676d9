"""The suite beside field mode, on the same target, with a history of its own.

On a target that hosts no probes those tests run that need none, and no longer than they may; where
probes are hosted, the whole suite runs. The runs of the field are over by then: neither sees what
the other does, and the oracles read the field's history alone.
"""

import copy
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from onceproof.conformance.history import Recorder
from onceproof.conformance.register.probes import needs_probe
from onceproof.conformance.run_folder import HISTORY, LANES
from onceproof.conformance.runner.attendant import Attendant
from onceproof.conformance.runner.collector import Collector
from onceproof.conformance.runner.open_session import OpenSession
from onceproof.conformance.runner.plugin import ids_of
from onceproof.conformance.runner.suite_session import arguments_of_suite, without_pytest_variables
from onceproof.conformance.session import Session
from onceproof.conformance.stopping import stop_request
from onceproof.conformance.verdict import Verdict
from onceproof.conformance.wire.any_graph import OwnGraph, lend
from onceproof.conformance.witness import Sink
from onceproof.reports.progress import Progress

LANE = "suite"
#: Chapters whose tests start servers of their own: they come last, since they take the longest.
SLOW = frozenset({"auth", "deployment", "shutdown"})
#: How long the tests that need no probe may take together.
LIMIT_S = 180.0


class Beside:
    """One run of the suite beside a field run; `collector` has what came of it."""

    def __init__(self, progress: Progress, limit_s: float | None) -> None:
        """Without `limit_s` it may take LIMIT_S on a target without probes, else any time."""
        self.collector = Collector(progress.test, progress.expect)
        self._progress = progress
        self._limit_s = limit_s

    def run(self, session: Session, own_graph: OwnGraph | None) -> None:
        """Run what the target can be judged by; Interrupted if somebody asks to stop.

        Without probes, tests that need any graph have the operator's.
        """
        has_none = session.guard.hosts_none
        limit_s = self._limit_s or (LIMIT_S if has_none else float("inf"))
        what = "tests that need no probe" if has_none else "the suite"
        bound = f", {limit_s:g} s at most" if limit_s < float("inf") else ""
        self._progress.phase(f"running {what} beside it{bound}")
        selection = _Selection(limit_s, only_without_probes=has_none)
        with (
            _with_own_history(session) as own,
            Attendant(self._progress.note, session.folder) as attendant,
            lend(own_graph if has_none else None),
            without_pytest_variables(),
        ):
            plugins = [self.collector, OpenSession(own), attendant, selection]
            pytest.main(arguments_of_suite(), plugins)
        self._progress.chapters()
        stop_request.check()


class _Selection:
    """A pytest plugin: which tests run, and until when."""

    def __init__(self, limit_s: float, *, only_without_probes: bool) -> None:
        self._limit_s = limit_s
        self._deadline_s = time.monotonic() + limit_s
        self._only_without_probes = only_without_probes

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        left = [item for item in items if self._only_without_probes and needs_probe(ids_of(item))]
        _deselect(config, items, left)
        if self._only_without_probes:
            items.sort(key=lambda item: item.path.parent.name in SLOW)

    def pytest_runtest_setup(self) -> None:
        if time.monotonic() > self._deadline_s:
            said = f"the tests beside field mode took their {self._limit_s:g} s before it"
            pytest.skip(f"{Verdict.NOT_JUDGED}: {said}: give them more with --suite-seconds")


def _deselect(
    config: pytest.Config, items: list[pytest.Item], unwanted: Sequence[pytest.Item]
) -> None:
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        gone = set(unwanted)
        items[:] = [item for item in items if item not in gone]


@contextmanager
def _with_own_history(session: Session) -> Iterator[Session]:
    """The same session to the suite, but what it sees is recorded apart."""
    path = session.folder / LANES / LANE / HISTORY
    path.parent.mkdir(parents=True, exist_ok=True)
    own = copy.copy(session)
    with Recorder(path) as own.history:
        own.sink = Sink(own.history, host=session.sink.host)
        own.sink.start()
        try:
            yield own
        finally:
            own.sink.stop()
