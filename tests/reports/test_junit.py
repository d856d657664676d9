"""JUnit XML: each verdict in the form that CI systems understand, and always by its own word."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from onceproof.reports import junit
from onceproof.reports.results import Results
from tests.reports import examples
from tests.reports.field_example import in_field


def cases(results: Results) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(junit.render(results))
    return {case.get("name", "").split()[0]: case for case in root.iter("testcase")}


def property_of(case: ElementTree.Element, name: str) -> str | None:
    element = case.find(f"properties/property[@name='{name}']")
    return None if element is None else element.get("value")


@pytest.mark.parametrize(
    ("id", "tag", "message"),
    [
        ("SYS-01", None, None),
        ("CAN-06", "failure", "FAIL: status=200, but should be one of 404, 409"),
        ("QUE-08", "failure", "FAIL: the run n-0 was accepted and never reached"),
        ("QUE-16", "system-out", None),
        ("QUE-21", "skipped", "INCONCLUSIVE: no lease expired"),
        ("CRN-01", "skipped", "NOT_APPLICABLE: no crons"),
        ("CRN-02", "skipped", "DISABLED: --without cron"),
        ("CRN-03", "skipped", f"NOT_JUDGED: {examples.NO_CHAIN}"),
        ("LIM-04", "skipped", "UNTESTED: needs 128 MiB of memory"),
        ("SHD-01", "error", "ERROR: the proxy did not start"),
    ],
)
def test_each_verdict(id: str, tag: str | None, message: str | None) -> None:
    case = cases(examples.mixed(error=True))[id]
    children = [child for child in case if child.tag != "properties"]
    assert [child.tag for child in children] == ([tag] if tag else [])
    if message:
        assert children[0].get("message", "").startswith(message)
        assert children[0].get("type") == message.split(":")[0]


def test_a_case_says_what_it_is_about() -> None:
    case = cases(examples.mixed())["QUE-16"]
    assert case.get("classname") == "que"
    assert case.get("name") == "QUE-16 the subject of QUE-16"
    assert case.get("time") == "0.250"
    written = {name: property_of(case, name) for name in ("requirement", "verdict", "level")}
    assert written == {"requirement": "QUE-16", "verdict": "WARN", "level": "SHOULD"}


def test_the_text_of_a_failure_is_its_evidence() -> None:
    by_test = cases(examples.mixed())["CAN-06"].findtext("failure") or ""
    assert "[59] expected 59, got 60" in by_test
    assert "replay: onceproof test --target reference CAN-06" in by_test
    by_check = cases(examples.mixed())["QUE-08"].findtext("failure") or ""
    assert "expected: one terminal status within 30 s of the last fault" in by_check
    assert "records:  412, 977" in by_check
    assert "and 20 more findings" in by_check


def test_totals_add_up() -> None:
    root = ElementTree.fromstring(junit.render(examples.mixed(error=True)))
    totals = {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert totals == {"tests": "12", "failures": "2", "errors": "1", "skipped": "5"}
    parts: Counter[str] = Counter()
    for suite in root.iter("testsuite"):
        parts.update({name: int(suite.get(name, "0")) for name in totals})
    assert {name: str(number) for name, number in parts.items()} == totals


def test_hostile_text_is_shown_by_its_codes() -> None:
    xml = junit.render(examples.hostile()).decode()
    case = cases(examples.hostile())["RUN-01"]
    shown = r"</script><script>window.pwned=1</script> \x1b[2J\x00 \ud800 \u202e evil ]]>"
    assert (case.findtext("failure") or "").startswith(shown)
    assert "\x1b" not in xml
    assert "\u202e" not in xml


def test_a_huge_document_is_whole() -> None:
    assert len(cases(examples.huge())) == 404


# -- its schema ------------------------------------------------------------------------------

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("schemas") / "junit-10.xsd")


@pytest.mark.parametrize(
    "make",
    [
        examples.green,
        lambda: examples.mixed(error=True),
        examples.hostile,
        examples.huge,
        examples.quiet_chaos,
        in_field,
    ],
)
def test_it_fits_its_schema(make: Callable[[], Results]) -> None:
    SCHEMA.validate(junit.render(make()).decode())


@pytest.mark.parametrize(
    ("tag", "bad"), [("failure", "failed"), ("testcase", "case"), ("property", "label")]
)
def test_the_schema_refuses_what_is_wrong(tag: str, bad: str) -> None:
    text = junit.render(examples.mixed()).decode()
    broken = text.replace(f"<{tag} ", f"<{bad} ").replace(f"</{tag}>", f"</{bad}>")
    with pytest.raises(xmlschema.XMLSchemaValidationError, match=bad):
        SCHEMA.validate(broken)
