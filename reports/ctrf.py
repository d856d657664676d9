"""CTRF, the Common Test Report Format: one test per requirement, for dashboards of CI systems.

    passed    PASS, and WARN
    failed    FAIL and ERROR
    other     INCONCLUSIVE, and a FAIL that is excused as a known deviation
    pending   UNTESTED
    skipped   whatever else was not judged

`rawStatus` is the verdict in every case, and `labels.requirement` the id.
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.results import Check, Requirement, Results
from onceproof.reports.text import one_line, visible

JsonObject: TypeAlias = dict[str, object]

STATUSES = ("passed", "failed", "skipped", "pending", "other")
_STATUS = {
    Verdict.PASS: "passed",
    Verdict.WARN: "passed",
    Verdict.FAIL: "failed",
    Verdict.ERROR: "failed",
    Verdict.INCONCLUSIVE: "other",
    Verdict.UNTESTED: "pending",
}


def render(results: Results) -> str:
    """Return the document as CTRF."""
    checks = evidence.checks_by_name(results)
    tests = [_describe_test(requirement, checks) for requirement in results.requirements]
    document = {
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "generatedBy": f"onceproof {results.harness.version}",
        "results": {
            "tool": {"name": "onceproof", "version": visible(results.harness.version)},
            "summary": _count(results, tests),
            "tests": tests,
            "environment": {
                "reportName": visible(results.run.id),
                "appName": evidence.target_name(results),
            },
            "extra": {"outcome": results.outcome, "exitStatus": results.exit_status},
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _count(results: Results, tests: list[JsonObject]) -> JsonObject:
    counts = Counter(test["status"] for test in tests)
    run = results.run
    return {
        "tests": len(tests),
        **{status: counts[status] for status in STATUSES},
        "suites": len(evidence.group_by_chapter(results)),
        "start": _count_ms(run.started),
        "stop": _count_ms(run.finished),
        "duration": round(run.seconds * 1000),
    }


def _describe_test(requirement: Requirement, checks: Mapping[str, Check]) -> JsonObject:
    test: JsonObject = {
        "testId": visible(requirement.id),
        "name": one_line(f"{requirement.id} {requirement.title}"),
        "status": _find_status(requirement),
        "rawStatus": requirement.verdict.value,
        "duration": round(1000 * sum(test.seconds for test in requirement.tests)),
        "suite": [visible(requirement.chapter)],
        "tags": [requirement.level, requirement.scope, visible(requirement.profile)],
        "labels": {
            "requirement": visible(requirement.id),
            "level": requirement.level,
            "scope": requirement.scope,
            "profile": visible(requirement.profile),
        },
    }
    if requirement.verdict is not Verdict.PASS:
        test["message"] = one_line(evidence.headline(requirement, checks), 400)
    if requirement.verdict in (Verdict.FAIL, Verdict.WARN, Verdict.ERROR):
        test["trace"] = evidence.describe(requirement, checks)
    return test


def _find_status(requirement: Requirement) -> str:
    if requirement.deviation and requirement.verdict is Verdict.FAIL:
        return "other"
    return _STATUS.get(requirement.verdict, "skipped")


def _count_ms(moment: str) -> int:
    """Milliseconds since 1970; 0 for what is no time."""
    try:
        return round(datetime.fromisoformat(moment).timestamp() * 1000)
    except ValueError:
        return 0
