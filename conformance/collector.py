"""Listens to a pytest session and keeps what its tests say about requirements."""

from collections import defaultdict
from collections.abc import Callable

import httpx
import pytest

from conformance.plugin import ids_of
from conformance.verdicts import Evidence, TestOutcome
from conformance.wire.operations import OutcomeUnknown, RunRefused
from conformance.wire.runs import StillRunning
from conformance.wire.streams import StreamError
from conformance.witness import WitnessTimeout

#: What a test raises when the target, not the harness, did not do what it should: besides a
#: failed assertion an answer that never came, and a JSON body without the field that was read.
TARGETS_FAULT = (
    AssertionError,
    httpx.HTTPError,
    OutcomeUnknown,
    RunRefused,
    StillRunning,
    StreamError,
    WitnessTimeout,
    TimeoutError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    pytest.fail.Exception,
)

OBSERVED = "observed"


class Collector:
    """A pytest plugin object; `evidence` is complete when the session has ended."""

    def __init__(self, told: Callable[[str, str, str | None], None] | None = None):
        """`told(nodeid, outcome, message)` hears of every test as it ends."""
        self.evidence = Evidence()
        self._told = told
        self._harness_fault: set[str] = set()
        self._seconds: dict[str, float] = defaultdict(float)
        self.broken_collection: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self.evidence.known[item.nodeid] = ids_of(item)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken_collection.append(f"{report.nodeid}: {report.longreprtext[-500:]}")

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]):
        yield
        if call.excinfo is None or call.excinfo.errisinstance(pytest.skip.Exception):
            return
        if call.when != "call" or not call.excinfo.errisinstance(TARGETS_FAULT):
            self._harness_fault.add(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[report.nodeid] += report.duration
        if report.when != "call" and report.passed:
            if report.nodeid in self.evidence.tests:
                self.evidence.tests[report.nodeid].seconds = self._seconds[report.nodeid]
            return
        if report.when == "teardown" and report.skipped:
            return
        outcome = self._outcome(report)
        self.evidence.tests[report.nodeid] = outcome
        if self._told is not None:
            self._told(outcome.nodeid, outcome.outcome, outcome.message)

    def _outcome(self, report: pytest.TestReport) -> TestOutcome:
        return TestOutcome(
            nodeid=report.nodeid,
            requirements=self.evidence.known.get(report.nodeid, ()),
            outcome=self._word(report),
            seconds=self._seconds[report.nodeid],
            message=_message(report),
            observed=tuple(str(v) for name, v in report.user_properties if name == OBSERVED),
        )

    def _word(self, report: pytest.TestReport) -> str:
        if report.failed and report.nodeid in self._harness_fault:
            return "error"
        return report.outcome


def _message(report: pytest.TestReport) -> str | None:
    if report.passed:
        return None
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    return text.removeprefix("AssertionError: ")[:4000]
