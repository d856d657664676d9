"""The answer to whoever asks whether a certificate holds: in files, and in lines."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from onceproof.conformance.certificate.bundle import unpack_bundle
from onceproof.conformance.certificate.predicate import Mode
from onceproof.conformance.certificate.verify import Answer, verify_certificate
from onceproof.conformance.errors import UsageError
from onceproof.conformance.run_folder import CERTIFICATE
from onceproof.reports.text import pluralise

SHOWN = 20

#: How an outcome is called: one of another class is not to be taken for a certification.
_CLASSES: dict[Mode, str] = {
    "probes": "{outcome} by the suite with probes",
    "field": "{outcome} in field mode",
    "chaos": "{outcome} as a chaos, which certifies nothing",
}


def verify_files(
    certificate: Path | None,
    keys: Sequence[Ed25519PublicKey],
    *,
    run_dir: Path | None = None,
    bundle: Path | None = None,
    at: datetime | None = None,
) -> Answer:
    """Verify the certificate in a file, in the folder of a run or in a bundle.

    UsageError if none is named, or if evidence is named twice.
    """
    moment = at and at.replace(tzinfo=UTC)
    if run_dir is not None and bundle is not None:
        raise UsageError("--run-dir and --bundle both name the evidence: drop one")
    if bundle is not None:
        with unpack_bundle(bundle) as folder:
            path = certificate or folder / CERTIFICATE
            return verify_certificate(_read(path), path.name, keys, folder, moment)
    if certificate is None:
        if run_dir is None:
            raise UsageError("name a certificate.json, or its evidence by --run-dir or --bundle")
        certificate = run_dir / CERTIFICATE
    if run_dir is not None and not run_dir.is_dir():
        raise UsageError(f"--run-dir '{run_dir}' is no folder: name that of a run")
    return verify_certificate(_read(certificate), str(certificate), keys, run_dir, moment)


def describe_answer(answer: Answer) -> Iterator[str]:
    """Yield what was verified and what does not hold, in lines that end with the conclusion."""
    certificate = answer.statement.predicate
    counts = certificate.denominator.counts
    judged = ", ".join(f"{number:,} {name.lower()}" for name, number in counts.items())
    target, validity = certificate.target, certificate.validity
    outcome = _CLASSES[certificate.mode].format(outcome=certificate.result.outcome)
    yield f"{outcome}: {target.name} ({target.strength})"
    yield f"  {pluralise(certificate.denominator.total, 'requirement')}: {judged}"
    yield f"  valid from {validity.issued} to {validity.expires}"
    if answer.is_derived:
        yield "  all verdicts were derived again from the evidence, and are the same"
    elif not answer.faults and not answer.foreign:
        yield "  no verdict was derived again: name the evidence by --run-dir or --bundle"
    yield from _list(answer.faults)
    yield from _list(answer.foreign)
    yield _conclude(answer)


def _list(lines: Sequence[str]) -> Iterator[str]:
    yield from (f"  ! {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"  and {len(lines) - SHOWN} more"


def _conclude(answer: Answer) -> str:
    if answer.faults:
        return "the certificate does not hold"
    if answer.foreign:
        program = answer.statement.predicate.signed_by
        return (
            "signature and digests hold, but this version derives other verdicts: verify with "
            f"onceproof {program.version} (commit {program.commit or 'unknown'})"
        )
    return "the certificate holds"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"'{path}' cannot be read ({why}): name a certificate.json") from None
