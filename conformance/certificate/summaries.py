"""What a certificate says, in two predicates of in-toto that policy engines read.

Neither has room for what was not judged, so neither replaces the certificate: both name it by its
digest. A result that is only partial is WARNED at best, and only what passed is a property.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Literal

import msgspec

from onceproof.conformance.certificate.predicate import (
    STATEMENT_TYPE,
    Certificate,
    InTotoStatement,
    Statement,
)
from onceproof.conformance.verdict import Verdict

TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
SVR = "https://in-toto.io/attestation/svr/v0.1"

_WORDS: dict[str, Literal["PASSED", "WARNED", "FAILED"]] = {
    "certified": "PASSED",
    "partial": "WARNED",
}


class Descriptor(msgspec.Struct, frozen=True):
    """A document by its name and digest."""

    name: str
    digest: dict[str, str]


class TestResult(msgspec.Struct, frozen=True, rename="camel"):
    """Requirements by id as passed, warned and failed; those that were not judged are in none."""

    __test__ = False

    result: Literal["PASSED", "WARNED", "FAILED"]
    configuration: list[Descriptor]
    passed_tests: list[str]
    warned_tests: list[str]
    failed_tests: list[str]


class Verifier(msgspec.Struct, frozen=True):
    """Who verified, and by which policy."""

    id: str
    policy: Descriptor


class Verification(msgspec.Struct, frozen=True, rename="camel"):
    """The properties that hold, and when that was found."""

    verifier: Verifier
    time_created: str
    properties: list[str]


class Summary(InTotoStatement, frozen=True):
    """A statement with one of the two predicates."""

    predicate: TestResult | Verification


def summarise_tests(statement: Statement, certificate: bytes) -> bytes:
    """Return the statement of the test result; `certificate` is the file that it sums up."""
    by_verdict = _sort_by_verdict(statement)
    predicate = TestResult(
        result=_WORDS.get(statement.predicate.result.outcome, "FAILED"),
        configuration=[_name_policy(statement), _name_certificate(certificate)],
        passed_tests=by_verdict(Verdict.PASS),
        warned_tests=by_verdict(Verdict.WARN),
        failed_tests=[*by_verdict(Verdict.FAIL), *by_verdict(Verdict.ERROR)],
    )
    return _encode(Summary(STATEMENT_TYPE, statement.subject, TEST_RESULT, predicate))


def summarise_properties(statement: Statement, certificate: bytes) -> bytes:
    """Return the statement of the properties that hold: profiles that are certified, and all."""
    certified = statement.predicate
    harness = certified.harness
    verifier = Verifier(f"urn:onceproof:{harness.version}", _name_certificate(certificate))
    predicate = Verification(verifier, certified.validity.issued, _list_properties(certified))
    return _encode(Summary(STATEMENT_TYPE, statement.subject, SVR, predicate))


def _list_properties(certificate: Certificate) -> list[str]:
    """What is certified; a chaos certifies nothing, and field mode another thing than the suite."""
    if certificate.mode == "chaos":
        return []
    result = certificate.result
    names = [each.profile for each in result.profiles if each.outcome == "certified"]
    if certificate.mode == "probes" and result.outcome == "certified":
        names.append("certified")
    return [_name_property(name) for name in names]


def _sort_by_verdict(statement: Statement) -> Callable[[Verdict], list[str]]:
    lines = statement.predicate.denominator.requirements
    return lambda verdict: [line.id for line in lines if line.verdict == verdict]


def _name_property(name: str) -> str:
    return f"ONCEPROOF_{re.sub(r'[^A-Z0-9]+', '_', name.upper())}_V1"


def _name_policy(statement: Statement) -> Descriptor:
    lock = statement.predicate.specification.lock
    return Descriptor("conformance.lock", {"sha256": lock.removeprefix("sha256:")})


def _name_certificate(certificate: bytes) -> Descriptor:
    return Descriptor("certificate.json", {"sha256": hashlib.sha256(certificate).hexdigest()})


def _encode(summary: Summary) -> bytes:
    return msgspec.json.encode(summary, order="deterministic")
