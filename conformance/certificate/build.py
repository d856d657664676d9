"""From the folder of a run to its statement: nothing is asked but what the run has left behind."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import UNSET

from onceproof.conformance.certificate.evidence import collect_evidence
from onceproof.conformance.certificate.identity import describe_harness
from onceproof.conformance.certificate.predicate import (
    PREDICATE_TYPE,
    STATEMENT_TYPE,
    Certificate,
    CheckLine,
    Denominator,
    Determinism,
    DeviationLine,
    Environment,
    Exceptions,
    LoadLine,
    Mode,
    Reproduction,
    RequirementLine,
    Result,
    Specification,
    Statement,
    Subject,
    Target,
    UnjudgedLine,
    Validity,
)
from onceproof.conformance.errors import UsageError
from onceproof.conformance.history import read
from onceproof.conformance.judgement.histories import history_files
from onceproof.conformance.register import digest, load_register
from onceproof.conformance.register.lock import lock_text
from onceproof.conformance.run_folder import SCHEDULE
from onceproof.conformance.verdict import Verdict
from onceproof.reports.evidence import count_losses, target_name
from onceproof.reports.load import Load
from onceproof.reports.results import Requirement, Results

CLOCK = "monotonic nanoseconds of the harness's machine"

#: Verdicts that say something about the target.
_JUDGED = {Verdict.PASS, Verdict.FAIL, Verdict.WARN}


def build_statement(results: Results, folder: Path, validity: Validity) -> Statement:
    """Return the statement of what `results` say of the run in `folder`."""
    target = describe_target(results)
    certificate = Certificate(
        mode=_find_mode(results),
        result=_describe_result(results),
        denominator=_count(results, folder),
        exceptions=_list_exceptions(results),
        specification=describe_specification(),
        harness=results.harness,
        signed_by=describe_harness(),
        target=target,
        environment=Environment(results.environment, results.stack),
        determinism=_describe_determinism(results, folder),
        load=_describe_load(results.load) if results.load else None,
        field=None if results.field is UNSET else results.field,
        evidence=collect_evidence(folder),
        reproduce=_describe_reproduction(results),
        validity=validity,
    )
    return Statement(STATEMENT_TYPE, _list_subjects(target), PREDICATE_TYPE, certificate)


def limit_validity(results: Results, issued: datetime, days: int) -> Validity:
    """Return the days from the end of the run on which its certificate may be relied on.

    They count from the run and not from the signature: signed later, it says nothing newer.
    UsageError if they are over already.
    """
    try:
        finished = datetime.fromisoformat(results.run.finished).astimezone(UTC)
    except ValueError:
        raise UsageError(f"run.finished = {results.run.finished!r} is not a time") from None
    expires = finished + timedelta(days=days)
    if expires <= issued:
        raise UsageError(
            f"the run ended on {finished:%Y-%m-%d}, so after --valid-days {days} its certificate "
            "would have expired: certify again, or give more days"
        )
    return Validity(_write_time(issued), _write_time(expires))


def describe_specification() -> Specification:
    """Return the register that this program judges by."""
    lock = hashlib.sha256(lock_text().encode()).hexdigest()
    return Specification("onceproof register", len(load_register()), digest(), f"sha256:{lock}")


def describe_target(results: Results) -> Target:
    """Return the target with the digest of all that is known of it."""
    facts = msgspec.json.encode(results.target, order="deterministic")
    return Target(
        name=target_name(results),
        strength=str(results.target.get("strength", "observed")),
        digest=hashlib.sha256(facts).hexdigest(),
        facts=results.target,
    )


def _list_subjects(target: Target) -> list[Subject]:
    """The target by the digest of its facts; an image also by its own, as policies look for it."""
    images = [each.partition("@sha256:") for each in target.facts.get("digests", [])]
    return [
        Subject(target.name, {"sha256": target.digest}),
        *(Subject(name, {"sha256": digest}) for name, _, digest in images if digest),
    ]


def _find_mode(results: Results) -> Mode:
    if results.field is not UNSET:
        return "field"
    return "probes" if results.chaos is UNSET else "chaos"


def _describe_result(results: Results) -> Result:
    return Result(
        results.outcome, results.exit_status, list(results.reasons), list(results.profiles)
    )


def _count(results: Results, folder: Path) -> Denominator:
    return Denominator(
        total=len(results.requirements),
        counts=results.counts,
        levels=_count_levels(results.requirements),
        requirements=[_describe_requirement(each) for each in results.requirements],
        checks=[CheckLine(each.check, each.verdict, each.counts) for each in results.checks],
        tests=msgspec.to_builtins(results.tests),
        records=_count_records(folder),
        marks={mark.mark: mark.count for mark in results.marks},
        faults=dict(sorted(Counter(fault.fault for fault in results.faults).items())),
    )


def _count_levels(requirements: Iterable[Requirement]) -> dict[str, dict[str, int]]:
    levels: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in requirements:
        levels[each.level][each.verdict.value] += 1
    return {level: dict(sorted(counts.items())) for level, counts in sorted(levels.items())}


def _count_records(folder: Path) -> dict[str, int]:
    kinds = Counter(record.kind for path in history_files(folder) for record in read(path))
    return dict(sorted(kinds.items()))


def _describe_requirement(requirement: Requirement) -> RequirementLine:
    return RequirementLine(
        id=requirement.id,
        level=requirement.level,
        scope=requirement.scope,
        profile=requirement.profile,
        verdict=requirement.verdict,
        reason=requirement.reason,
        tests=dict(sorted(Counter(test.outcome for test in requirement.tests).items())),
        checks=requirement.checks,
    )


def _list_exceptions(results: Results) -> Exceptions:
    unjudged = [each for each in results.requirements if each.verdict not in _JUDGED]
    return Exceptions(
        [UnjudgedLine(each.id, each.verdict, each.reason) for each in unjudged],
        [
            DeviationLine(each.id, each.reason, each.expires.isoformat(), each.standing)
            for each in results.deviations
        ],
    )


def _describe_determinism(results: Results, folder: Path) -> Determinism:
    run = results.run
    schedule = folder / SCHEDULE
    planned = hashlib.sha256(schedule.read_bytes()).hexdigest() if schedule.exists() else None
    return Determinism(
        seed=run.seed if results.field is UNSET else results.field.seed,
        schedule=planned and f"sha256:{planned}",
        clock=CLOCK,
        started=run.started,
        finished=run.finished,
        seconds=run.seconds,
    )


def _describe_load(load: Load) -> LoadLine:
    losses = count_losses(load)
    return LoadLine(
        seconds=load.seconds,
        users=load.users,
        accepted=load.accepted,
        finished_once=load.finished_once,
        lost=losses["lost"][0],
        duplicated=losses["duplicated"][0],
        sentence=load.sentence,
    )


def _describe_reproduction(results: Results) -> Reproduction:
    harness = results.harness
    program = f"{harness.name} {harness.version} on Python {harness.python}"
    return Reproduction(results.run.command, program)


def _write_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
