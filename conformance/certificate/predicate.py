"""The statement of a certificate, an in-toto Statement v1, and the blocks of its predicate.

    Statement
    ├── subject                 the target, by a digest of what is known of it
    └── predicate: Certificate
        ├── mode, result        what it amounts to, as a whole and for each profile
        ├── denominator         every requirement with its verdict, and what was seen
        ├── exceptions          what was not judged, and why; known deviations
        ├── specification       the register of requirements and its lock, by digest
        ├── harness, signedBy   the program that ran, and the one that signed
        ├── target              what was certified, and how far that is known
        ├── environment         the machine and the stack
        ├── determinism         seed, schedule, clock, times
        ├── load                null, or what was carried
        ├── field               null, or the graph that was judged, and by which runs
        ├── evidence            the files, by digest, and their root
        ├── reproduce           the command that runs it again
        └── validity            issued, expires

Whoever reads it ignores fields that it does not know; the type changes when a field changes its
meaning. All but `signedBy` and `validity` follows from the evidence, and `verify` derives it again.
"""

from typing import Literal

import msgspec

from onceproof.conformance.certificate.evidence import Evidence
from onceproof.conformance.errors import UsageError
from onceproof.reports.field import Field
from onceproof.reports.results import Facts, Harness, Outcome, Profile, Reason

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:onceproof:agent-server-conformance:v1"

Mode = Literal["probes", "field", "chaos"]


class Subject(msgspec.Struct, frozen=True):
    """What a statement is about: its name, and its digests by algorithm."""

    name: str
    digest: dict[str, str]


class Result(msgspec.Struct, frozen=True, rename="camel"):
    """What the run amounts to; `profiles` each with its own outcome and counts."""

    outcome: Outcome
    exit_status: int
    reasons: list[Reason]
    profiles: list[Profile]


class RequirementLine(msgspec.Struct, frozen=True, rename="camel"):
    """One requirement: its verdict, why, and how much spoke for it.

    `tests` counts its tests by how they ended, `checks` names the checks of the history.
    """

    id: str
    level: str
    scope: str
    profile: str
    verdict: str
    reason: str | None
    tests: dict[str, int]
    checks: list[str]


class CheckLine(msgspec.Struct, frozen=True, rename="camel"):
    """One check of the history: its verdict, and what it counted."""

    check: str
    verdict: str
    counts: dict[str, int]


class Denominator(msgspec.Struct, frozen=True, rename="camel"):
    """Everything that was to be judged, judged or not.

    `records` counts the history by kind, `marks` the situations that were witnessed, `faults` what
    was broken, `tests` how the tests ended.
    """

    total: int
    counts: dict[str, int]
    levels: dict[str, dict[str, int]]
    requirements: list[RequirementLine]
    checks: list[CheckLine]
    tests: dict[str, int]
    records: dict[str, int]
    marks: dict[str, int]
    faults: dict[str, int]


class UnjudgedLine(msgspec.Struct, frozen=True):
    """One requirement that says nothing about the target, and why."""

    id: str
    verdict: str
    reason: str | None


class DeviationLine(msgspec.Struct, frozen=True):
    """One failure that the target's profile lists, and what this run made of the entry."""

    id: str
    reason: str
    expires: str
    standing: str


class Exceptions(msgspec.Struct, frozen=True):
    """What keeps the denominator from being judged whole; `deviations` is empty if certified."""

    unjudged: list[UnjudgedLine]
    deviations: list[DeviationLine]


class Specification(msgspec.Struct, frozen=True):
    """What the target was held to: `register` is the digest of all requirements, `lock` that of
    the file conformance.lock."""

    name: str
    requirements: int
    register: str
    lock: str


class Target(msgspec.Struct, frozen=True):
    """What was certified.

    `strength` says how far its identity is known: `verified` (started here from known bytes),
    `declared` (started here by a command) or `observed` (a URL). `digest` is that of `facts`.
    """

    name: str
    strength: str
    digest: str
    facts: Facts


class Environment(msgspec.Struct, frozen=True):
    """Where it ran: the machine, and what lay beneath the target."""

    machine: Facts
    stack: Facts


class Determinism(msgspec.Struct, frozen=True, rename="camel"):
    """What a repetition needs; `schedule` is the digest of the faults that were planned."""

    seed: int | str | None
    schedule: str | None
    clock: str
    started: str
    finished: str
    seconds: float


class LoadLine(msgspec.Struct, frozen=True, rename="camel"):
    """What was carried while everything was proven; `sentence` says it in words."""

    seconds: float
    users: int
    accepted: int
    finished_once: int
    lost: int
    duplicated: int
    sentence: str


class Reproduction(msgspec.Struct, frozen=True):
    """The command line that runs the same again, and the program to run it with."""

    command: str
    program: str


class Validity(msgspec.Struct, frozen=True):
    """From when to when the certificate may be relied on, in UTC (ISO 8601)."""

    issued: str
    expires: str


class Certificate(msgspec.Struct, frozen=True, rename="camel"):
    """The predicate."""

    mode: Mode
    result: Result
    denominator: Denominator
    exceptions: Exceptions
    specification: Specification
    harness: Harness
    signed_by: Harness
    target: Target
    environment: Environment
    determinism: Determinism
    load: LoadLine | None
    field: Field | None
    evidence: Evidence
    reproduce: Reproduction
    validity: Validity


class InTotoStatement(
    msgspec.Struct,
    frozen=True,
    rename={"type": "_type", "predicate_type": "predicateType"},
):
    """What every statement of in-toto has before its predicate."""

    type: str
    subject: list[Subject]
    predicate_type: str


class Statement(InTotoStatement, frozen=True):
    """The statement that is signed."""

    predicate: Certificate


def decode_statement(payload: bytes, name: str) -> Statement:
    """Return the statement in the payload of the envelope `name`; UsageError if it is none."""
    try:
        return msgspec.json.decode(payload, type=Statement)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"'{name}' is no certificate of a run ({error})") from None
