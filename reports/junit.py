"""JUnit XML: one test case per requirement, for the widgets of CI systems.

JUnit knows passed, failed, error and skipped. FAIL is a failure and ERROR an error; what was
not judged (INCONCLUSIVE, DISABLED, NOT_JUDGED, UNTESTED, NOT_APPLICABLE) is skipped with the
verdict in the message, so that it is never mistaken for a pass; PASS and WARN pass, WARN with its
evidence as output. The property `verdict` carries the exact word in every case. A FAIL that is
excused as a known deviation is skipped, and an entry that no longer holds is a failure of its own.

A test that bears on several requirements counts its time in each of them.
"""

from collections.abc import Mapping
from xml.etree import ElementTree

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.deviations import ROTTEN, describe_rot
from onceproof.reports.evidence import describe_deviation
from onceproof.reports.results import Check, Deviation, Requirement, Results
from onceproof.reports.text import one_line, visible


def render(results: Results) -> bytes:
    """Return the document as JUnit XML in UTF-8."""
    root = ElementTree.Element("testsuites", name="onceproof")
    checks = evidence.checks_by_name(results)
    for chapter, members in evidence.group_by_chapter(results).items():
        suite = ElementTree.SubElement(root, "testsuite", name=visible(chapter))
        suite.set("timestamp", visible(results.run.started))
        for requirement in members:
            suite.append(_case(requirement, checks))
        _total(suite)
    if stale := [each for each in results.deviations if each.standing in ROTTEN]:
        suite = ElementTree.SubElement(root, "testsuite", name="known deviations")
        suite.extend(_stale(each) for each in stale)
        _total(suite)
    _total(root)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _case(requirement: Requirement, checks: Mapping[str, Check]) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=visible(requirement.chapter),
        name=one_line(f"{requirement.id} {requirement.title}"),
        time=f"{sum(test.seconds for test in requirement.tests):.3f}",
    )
    _properties(case, requirement)
    _result(case, requirement, checks)
    return case


def _stale(deviation: Deviation) -> ElementTree.Element:
    name = f"{visible(deviation.id)} is correctly listed"
    case = ElementTree.Element("testcase", classname="known deviations", name=name, time="0.000")
    message = describe_rot(deviation)
    failure = ElementTree.SubElement(case, "failure", message=message, type=deviation.standing)
    failure.text = describe_deviation(deviation)
    return case


def _properties(case: ElementTree.Element, requirement: Requirement) -> None:
    properties = ElementTree.SubElement(case, "properties")
    for name, value in (
        ("requirement", requirement.id),
        ("verdict", requirement.verdict.value),
        ("level", requirement.level),
        ("scope", requirement.scope),
        ("profile", requirement.profile),
    ):
        ElementTree.SubElement(properties, "property", name=name, value=visible(value))


def _result(
    case: ElementTree.Element, requirement: Requirement, checks: Mapping[str, Check]
) -> None:
    verdict = requirement.verdict
    if verdict is Verdict.PASS:
        return
    if verdict is Verdict.WARN:
        ElementTree.SubElement(case, "system-out").text = evidence.describe(requirement, checks)
        return
    tag = {Verdict.FAIL: "failure", Verdict.ERROR: "error"}.get(verdict, "skipped")
    reason = evidence.headline(requirement, checks)
    if requirement.deviation:
        tag, reason = "skipped", evidence.describe_deviation(requirement.deviation)
    message = one_line(f"{verdict.value}: {reason}")
    element = ElementTree.SubElement(case, tag, message=message, type=verdict.value)
    element.text = evidence.describe(requirement, checks)


def _total(suite: ElementTree.Element) -> None:
    cases = list(suite.iter("testcase"))
    suite.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
