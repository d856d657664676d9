"""Listens to a pytest session and records what its tests say about requirements."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from onceproof.conformance.judgement.requirements import Evidence, TestOutcome
from onceproof.conformance.runner.attribution import (
    HARNESS_FAULT,
    REQUIREMENT,
    TARGET_ASIDE,
    readable,
)
from onceproof.conformance.runner.lanes import plain_id
from onceproof.conformance.runner.outcomes import list_plugins
from onceproof.conformance.runner.plugin import ids_of
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.stopping import stop_request
from onceproof.conformance.verdict import merge
from onceproof.reports.results import Ending

OBSERVED = "observed"
PROBE = "probe"


class Collector:
    """A pytest plugin object; `evidence` is complete when the session has ended.

    It covers the tests that run in its own process and those that run in lanes.
    """

    def __init__(
        self,
        on_result: Callable[[str, str, str | None], None] | None = None,
        on_collected: Callable[[Sequence[str]], None] | None = None,
    ):
        """`on_result` is called as each test starts and ends, with the message of one that was not
        well; `on_collected` once with all node ids."""
        self.evidence = Evidence()
        self.broken: list[str] = []
        #: The plugins that were active, by name.
        self.plugins: list[str] = []
        self._on_result = on_result
        self._on_collected = on_collected
        self._seconds: dict[str, float] = defaultdict(float)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self.plugins = list_plugins(session.config)

    @pytest.hookimpl(tryfirst=True)
    def pytest_itemcollected(self, item: pytest.Item) -> None:
        self.evidence.known[item.nodeid] = ids_of(item)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._announce([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        self._announce([plain_id(nodeid) for nodeid in ids])

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        if error and not stop_request.is_made:
            self.broken.append(f"lane {node.gateway.id} ended early: {error}")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.broken.append(f"{report.nodeid}: {SECRETS.hide(report.longreprtext)[-500:]}")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if self._on_result is not None:
            self._on_result(plain_id(nodeid), "started", None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        nodeid = plain_id(report.nodeid)
        if _is_crash(report) and stop_request.is_made:
            return  # a lane that was asked to end: its test said nothing
        self._seconds[nodeid] += report.duration
        if report.when != "call" and report.passed:
            if nodeid in self.evidence.tests:
                self.evidence.tests[nodeid].seconds = self._seconds[nodeid]
            return
        if report.when == "teardown" and report.skipped and not self._unsettles(nodeid, report):
            return
        outcome = self._outcome(nodeid, report)
        if (before := self.evidence.tests.get(nodeid)) is not None:
            outcome = _worse(before, outcome)
        self.evidence.tests[nodeid] = outcome
        if self._on_result is not None:
            self._on_result(nodeid, outcome.outcome, outcome.message)

    def _announce(self, nodeids: Sequence[str]) -> None:
        if self._on_collected is not None:
            self._on_collected(nodeids)

    def _unsettles(self, nodeid: str, report: pytest.TestReport) -> bool:
        """A test that passed no longer counts as passed when the target hangs in its tear-down."""
        so_far = self.evidence.tests.get(nodeid)
        return so_far is not None and so_far.outcome == "passed" and _says(report, TARGET_ASIDE)

    def _outcome(self, nodeid: str, report: pytest.TestReport) -> TestOutcome:
        said = report.user_properties
        return TestOutcome(
            nodeid=nodeid,
            requirements=tuple(str(value) for name, value in said if name == REQUIREMENT),
            outcome=_ending(report),
            seconds=self._seconds[nodeid],
            message=_message(nodeid, report),
            observed=tuple(str(value) for name, value in said if name == OBSERVED),
            probes=tuple(dict.fromkeys(str(value) for name, value in said if name == PROBE)),
        )


def _worse(one: TestOutcome, other: TestOutcome) -> TestOutcome:
    """Of two outcomes of a test, as a plugin brings them that reruns it, the worse one counts."""
    worst = merge((one.verdict(), other.verdict()))
    chosen = one if one.verdict() is worst else other
    observed = tuple(dict.fromkeys((*one.observed, *other.observed)))
    return replace(chosen, seconds=other.seconds, observed=observed)


def _ending(report: pytest.TestReport) -> Ending:
    if report.outcome not in ("passed", "failed", "skipped"):
        return "failed"  # "rerun" and the like: what was not well the first time
    if report.failed and (_is_crash(report) or _says(report, HARNESS_FAULT)):
        return "error"
    return report.outcome


def _is_crash(report: pytest.TestReport) -> bool:
    # xdist reports a test whose lane crashed with a phase of its own.
    return report.when not in ("setup", "call", "teardown")


def _says(report: pytest.TestReport, what: str) -> bool:
    # xdist makes lists of what were tuples.
    return (what, True) in map(tuple, report.user_properties)


def _message(nodeid: str, report: pytest.TestReport) -> str | None:
    if report.passed:
        return None
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    return SECRETS.hide(readable(text.replace(report.nodeid, nodeid)))[:4000]
