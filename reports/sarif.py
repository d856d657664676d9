"""SARIF 2.1.0: one rule per requirement and one result per failure, for code-scanning pages.

Only FAIL (an error) and WARN (a warning) are results, since such pages show every result as an
alert; what was not judged is counted in the properties of the run, and ERROR is a notification of
the tool, for it accuses nobody. A result's fingerprint is that of its requirement, so an alert
stays the same from run to run, and closes when the requirement passes. A server has no source
files: the location is the document that shows the evidence.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.results import Check, Requirement, Results
from onceproof.reports.text import one_line, shorten, visible

JsonObject: TypeAlias = dict[str, object]

VERSION = "2.1.0"
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Verdict.FAIL: "error", Verdict.WARN: "warning"}
#: What a page of alerts shows at once.
_MESSAGE_CHARACTERS = 4_000


def render(results: Results) -> str:
    """Return the document as SARIF."""
    checks = evidence.checks_by_name(results)
    failures = [
        _describe_result(number, requirement, checks)
        for number, requirement in enumerate(results.requirements)
        if requirement.verdict in _LEVELS
    ]
    run: JsonObject = {
        "tool": {"driver": _describe_tool(results)},
        "automationDetails": {"id": f"onceproof/{evidence.target_name(results)}"},
        "invocations": [_describe_invocation(results, checks)],
        "results": failures,
        "properties": {
            "outcome": results.outcome,
            "exitStatus": results.exit_status,
            "counts": results.counts,
            "target": evidence.target_name(results),
        },
    }
    document = {"$schema": SCHEMA, "version": VERSION, "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def name_requirement(id: str) -> str:
    """Return the URI of a requirement; `onceproof requirements ID` explains it."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-._") else "-" for c in id)
    return f"urn:onceproof:requirement:{safe}"


def _describe_tool(results: Results) -> JsonObject:
    return {
        "name": "onceproof",
        "version": visible(results.harness.version),
        "rules": [_describe_rule(requirement) for requirement in results.requirements],
    }


def _describe_rule(requirement: Requirement) -> JsonObject:
    level = "error" if requirement.level == "MUST" else "warning"
    id = visible(requirement.id)
    return {
        "id": id,
        "shortDescription": {"text": one_line(requirement.title) or id},
        "fullDescription": {"text": visible(requirement.text) or id},
        "helpUri": name_requirement(requirement.id),
        "help": {"text": f"{visible(requirement.text)}\n\nonceproof requirements {id}"},
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": [
                f"level:{requirement.level}",
                f"scope:{requirement.scope}",
                f"profile:{visible(requirement.profile)}",
            ],
        },
    }


def _describe_result(
    number: int, requirement: Requirement, checks: Mapping[str, Check]
) -> JsonObject:
    text = shorten(evidence.describe(requirement, checks), _MESSAGE_CHARACTERS)
    head = one_line(f"{requirement.id} {requirement.title}")
    result: JsonObject = {
        "ruleId": visible(requirement.id),
        "ruleIndex": number,
        "level": _LEVELS[requirement.verdict],
        "message": {"text": f"{head}\n\n{text}"},
        "locations": [_locate(requirement)],
        "partialFingerprints": {"requirement/v1": _fingerprint(requirement)},
    }
    if requirement.deviation:
        excuse = evidence.describe_deviation(requirement.deviation)
        result["suppressions"] = [{"kind": "external", "justification": excuse}]
    return result


def _locate(requirement: Requirement) -> JsonObject:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": "results.json"},
            "region": {"startLine": 1},
        },
        "logicalLocations": [
            {"fullyQualifiedName": visible(requirement.id), "kind": "requirement"}
        ],
    }


def _fingerprint(requirement: Requirement) -> str:
    return hashlib.sha256(requirement.id.encode("utf-8", "backslashreplace")).hexdigest()


def _describe_invocation(results: Results, checks: Mapping[str, Check]) -> JsonObject:
    broken = [each for each in results.requirements if each.verdict is Verdict.ERROR]
    return {
        "executionSuccessful": not broken,
        "commandLine": visible(results.run.command),
        "exitCode": results.exit_status,
        "toolExecutionNotifications": _notify(broken, checks),
    }


def _notify(broken: Sequence[Requirement], checks: Mapping[str, Check]) -> list[JsonObject]:
    return [
        {"level": "error", "message": {"text": f"{each.id}: {evidence.headline(each, checks)}"}}
        for each in broken
    ]
