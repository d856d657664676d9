"""Whether a certificate holds: who signed it, for how long, and whether its verdicts follow.

Nothing in it is believed. The statement is built again from the evidence, with the checks of this
program, and compared with what was signed; so a signer who claims more than was seen is found as
surely as somebody who altered a file. All that does not hold is named, not only the first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from onceproof.conformance.certificate.build import build_statement
from onceproof.conformance.certificate.differences import Json, find_differences
from onceproof.conformance.certificate.dsse import decode_envelope, find_fault
from onceproof.conformance.certificate.evidence import (
    Evidence,
    collect_evidence,
    compute_root,
    describe_file,
)
from onceproof.conformance.certificate.identity import compute_code_digest
from onceproof.conformance.certificate.predicate import (
    PREDICATE_TYPE,
    Mode,
    Statement,
    Validity,
    decode_statement,
)
from onceproof.conformance.errors import CERTIFIED, FAILED, INCONCLUSIVE, OnceproofError, UsageError
from onceproof.conformance.judgement.evidence import derive_results, load_evidence

#: Blocks that do not follow from the evidence, or are compared on their own.
_APART = ("signedBy", "validity", "evidence")


@dataclass
class Answer:
    """What was found: `faults` says why the certificate does not hold, a sentence each.

    `is_derived` says whether all verdicts were derived again. `foreign` holds differences that may
    come of another version's checks, where nothing else is wrong.
    """

    statement: Statement
    faults: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    is_derived: bool = False

    @property
    def exit_status(self) -> int:
        """The exit status: 0 it holds, 10 it does not, 11 this version cannot derive it again."""
        if self.faults:
            return FAILED
        return INCONCLUSIVE if self.foreign else CERTIFIED

    def demand_outcome(self, least: str, mode: Mode) -> None:
        """Add a fault unless the outcome is at least `least`: `certified`, or `partial` as well.

        What another mode has certified is another claim, and a chaos certifies nothing.
        """
        predicate = self.statement.predicate
        if predicate.mode != mode:
            self.faults.append(f"it is of mode {predicate.mode!r}, but --outcome is about {mode!r}")
        if predicate.result.outcome not in ("certified", least):
            self.faults.append(
                f"its outcome is {predicate.result.outcome!r}, but --outcome demands {least!r}"
            )


def verify_certificate(
    content: bytes,
    name: str,
    keys: Sequence[Ed25519PublicKey],
    folder: Path | None = None,
    at: datetime | None = None,
) -> Answer:
    """Return what is wrong with the certificate `content`, with the evidence in `folder` if any.

    `at` is the moment for which it must be valid, now if left out. UsageError if it is none.
    """
    envelope, payload = decode_envelope(content, name)
    statement = decode_statement(payload, name)
    if statement.predicate_type != PREDICATE_TYPE:
        raise UsageError(f"'{name}' is a {statement.predicate_type}: name a certificate.json")
    answer = Answer(statement)
    if fault := find_fault(envelope, payload, keys):
        answer.faults.append(fault)
    answer.faults += find_lapse(statement.predicate.validity, at or datetime.now(UTC))
    answer.faults += _check_root(statement.predicate.evidence)
    if folder is not None:
        answer.faults += check_files(statement.predicate.evidence, folder)
        _derive_again(answer, msgspec.json.decode(payload), folder)
    return answer


def find_lapse(validity: Validity, at: datetime) -> Iterator[str]:
    """Yield why a certificate of this validity is not to be relied on at that moment."""
    try:
        issued, expires = map(datetime.fromisoformat, (validity.issued, validity.expires))
        early, late = at < issued, at >= expires
    except (ValueError, TypeError):
        yield f"its validity is no time in UTC: {validity.issued!r} to {validity.expires!r}"
        return
    if early:
        yield f"it is valid from {validity.issued} on, and not yet on {at:%Y-%m-%d}"
    if late:
        yield f"it expired on {validity.expires}: certify again"


def check_files(evidence: Evidence, folder: Path) -> Iterator[str]:
    """Yield what of the evidence in `folder` is not as it was signed."""
    for named in evidence.files:
        if not is_inside(named.path):
            yield f"its evidence {named.path!r} lies outside of the run's folder"
        elif not (folder / named.path).is_file():
            yield f"evidence {named.path!r} is missing"
        elif (found := describe_file(folder, named.path)) != named:
            yield (
                f"evidence {named.path!r} was altered: {found.size} bytes of sha256 "
                f"{found.sha256[:16]}…, but {named.size} of {named.sha256[:16]}… were signed"
            )
    known = {named.path for named in evidence.files}
    for found in collect_evidence(folder).files:
        if found.path not in known:
            yield f"evidence {found.path!r} was added: the certificate does not name it"


def is_inside(path: str) -> bool:
    """Return whether a path leads into the folder that it is relative to, and nowhere else."""
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts and "\0" not in path


def _check_root(evidence: Evidence) -> list[str]:
    root = compute_root(evidence.files)
    if root == evidence.merkle_root:
        return []
    return [f"the Merkle root of its evidence is {root[:16]}…, not {evidence.merkle_root[:16]}…"]


def _derive_again(answer: Answer, signed: Json, folder: Path) -> None:
    predicate = answer.statement.predicate
    try:
        results = derive_results(load_evidence(folder), folder)
        statement = build_statement(results, folder, predicate.validity)
    except OnceproofError as error:
        answer.faults.append(f"the verdicts cannot be derived again: {error}")
        return
    derived = msgspec.json.decode(msgspec.json.encode(statement))
    found = [*_name_swap(answer.statement, derived), *_compare(signed, derived)]
    is_foreign = predicate.signed_by.code != compute_code_digest()
    (answer.foreign if is_foreign and not answer.faults else answer.faults).extend(found)
    answer.is_derived = not found


def _compare(signed: Json, derived: Json) -> Iterator[str]:
    """The blocks of two statements, those that are judged on their own left out."""
    for line in find_differences(_leave_out(signed), _leave_out(derived)):
        yield line.removeprefix("predicate.")


def _leave_out(statement: Json) -> Json:
    blocks = {name: each for name, each in statement["predicate"].items() if name not in _APART}
    return {**statement, "predicate": blocks}


def _name_swap(statement: Statement, derived: Json) -> list[str]:
    signed, found = statement.predicate.target, derived["predicate"]["target"]
    if signed.digest == found["digest"]:
        return []
    return [f"it certifies {signed.name!r}, but the evidence is about {found['name']!r}"]
