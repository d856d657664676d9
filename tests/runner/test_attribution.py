"""Tests that break: what a target can cause is no error of the harness, in whichever phase."""

from pathlib import Path
from uuid import uuid4

import pytest

from onceproof.conformance.access import pages
from onceproof.conformance.judgement.requirements import TestOutcome
from onceproof.conformance.runner.attribution import is_target_fault
from onceproof.conformance.runner.collector import Collector
from onceproof.conformance.verdict import Verdict

CONFTEST = """
import pytest
from onceproof.conformance.runner.attribution import attribute_failure

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    attribute_failure(report, item, call)
    return report
"""

MODULE = """
import httpx
import pytest
from onceproof.conformance.errors import StackError, TargetError
from onceproof.conformance.wire.threads import CleanUpFailed

@pytest.fixture
def before():
    raise {error}

@pytest.fixture
def after():
    yield
    raise {error}

@pytest.fixture
def after_too(after):
    yield
    raise {error}

def test_before(before): pass
def test_call(): raise {error}
def test_after(after): pass
def test_after_twice(after_too): pass
def test_failed_before_after(after): assert 1 == 2
def test_skipped_before_after(after): pytest.skip("NOT_APPLICABLE: no such thing")
def test_passed(): pass
"""

HUNG = 'httpx.ReadTimeout("DELETE /threads/t took more than 30 s")'
OF_THE_TARGET = (HUNG, 'CleanUpFailed("1 threads are left behind")', 'TargetError("it exited")')
OF_THE_HARNESS = (
    'RuntimeError("a slip")',
    'StackError("no Postgres")',
    "NameError('runz')",
    "KeyError('runz')",
)


def outcomes(folder: Path, error: str) -> dict[str, TestOutcome]:
    """How the tests ended, by their names."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\n")
    # Each session of this process needs a module of a name of its own.
    (folder / f"test_{uuid4().hex}.py").write_text(MODULE.format(error=error))
    collector = Collector()
    ini = ["-c", f"{folder}/pytest.ini", "--import-mode=importlib", "-p", "no:cacheprovider"]
    pytest.main([str(folder), "-q", *ini], [collector])
    return {name.split("::")[1]: each for name, each in collector.evidence.tests.items()}


def verdicts(folder: Path, error: str) -> dict[str, Verdict]:
    return {name: each.verdict() for name, each in outcomes(folder, error).items()}


@pytest.mark.parametrize("error", OF_THE_TARGET)
def test_what_a_target_causes_is_a_verdict(tmp_path: Path, error: str) -> None:
    assert verdicts(tmp_path, error) == {
        "test_before": Verdict.INCONCLUSIVE,
        "test_call": Verdict.FAIL,
        "test_after": Verdict.INCONCLUSIVE,
        "test_after_twice": Verdict.INCONCLUSIVE,
        "test_failed_before_after": Verdict.FAIL,
        "test_skipped_before_after": Verdict.NOT_APPLICABLE,
        "test_passed": Verdict.PASS,
    }


@pytest.mark.parametrize("error", OF_THE_HARNESS)
def test_what_no_target_causes_is_an_error(tmp_path: Path, error: str) -> None:
    found = verdicts(tmp_path, error)

    assert found.pop("test_passed") is Verdict.PASS
    assert set(found.values()) == {Verdict.ERROR}


def test_the_sentence_says_what_the_target_did(tmp_path: Path) -> None:
    found = outcomes(tmp_path, HUNG)

    hung = "httpx.ReadTimeout: DELETE /threads/t took more than 30 s"
    assert found["test_before"].reason() == f"the test could not be set up: {hung}"
    assert found["test_after"].reason() == (f"the test passed, but its tear-down failed: {hung}")


@pytest.mark.parametrize(
    "error, sentence",
    [
        ('AssertionError("status is 1")', "status is 1"),
        ('CleanUpFailed("1 threads are left behind")', "1 threads are left behind"),
        ('pytest.fail("the run is gone")', "the run is gone"),
        (HUNG, "httpx.ReadTimeout: DELETE /threads/t took more than 30 s"),
    ],
)
def test_the_sentence_is_in_words(tmp_path: Path, error: str, sentence: str) -> None:
    assert outcomes(tmp_path, error)["test_call"].message == sentence


def test_of_several_errors_one_of_the_harness_is_enough() -> None:
    hung = TimeoutError("no answer")

    assert is_target_fault(ExceptionGroup("both", [hung, AssertionError("thread_id")]))
    assert not is_target_fault(ExceptionGroup("one", [hung, RuntimeError("a slip")]))


PAGED = """
from onceproof.conformance.access.pages import PAGES, Page, note_page

def test_paged():
    note_page(Page("POST /threads", 500, "text/html", b"<center>nginx/1.22</center>"))
    note_page(Page("POST /threads", 422, "application/json", b"{{}}"))
    assert {error} is None
    """


def test_a_page_that_a_gateway_wrote_is_the_first_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "MODULE", PAGED)
    found = outcomes(tmp_path, "1")["test_paged"]
    pages.PAGES.clear()
    said = "POST /threads was answered with 500 by nginx in front of the server, whose log says why"
    assert (found.verdict(), found.reason()) == (Verdict.FAIL, f"{said}: assert 1 is None")
