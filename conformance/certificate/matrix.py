"""The columns of a matrix: the document of each run, and what its certificate is worth.

A certificate is only reported as verified if it holds by a key that the reader has pinned, with the
evidence in the folder of its run. One that does not hold ends the command: no page is made of it.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from onceproof.conformance.certificate.dsse import decode_envelope
from onceproof.conformance.certificate.predicate import decode_statement
from onceproof.conformance.certificate.verify import verify_certificate
from onceproof.conformance.errors import FAILED, OnceproofError, UsageError
from onceproof.conformance.run_folder import CERTIFICATE, find_results
from onceproof.reports.document import load
from onceproof.reports.page.matrix import MOST, Column

_RESULTS, _REPORT = "results.json", "report.html"


class InvalidCertificate(OnceproofError):
    """A certificate does not hold."""

    exit_status = FAILED


def load_columns(
    runs: Sequence[Path], beside: Path, keys: Sequence[Ed25519PublicKey]
) -> list[Column]:
    """Read the runs; `beside` is the folder of the page, from which reports are linked.

    Raises UsageError, ResultsError or InvalidCertificate, each with the run that it is about.
    """
    if len(runs) > MOST:
        raise UsageError(f"{len(runs)} runs are too many side by side: name at most {MOST}")
    return [_load_column(run, beside, keys) for run in runs]


def _load_column(run: Path, beside: Path, keys: Sequence[Ed25519PublicKey]) -> Column:
    folder = run if run.is_dir() else run.parent
    path = find_results(run)
    results = load(path)
    if results.chaos:
        raise UsageError(f"'{run}' is a chaos, which certifies nothing: name runs of certify")
    certificate = folder / CERTIFICATE
    said = _describe(certificate, keys) if certificate.is_file() else "not signed"
    return Column(results, said, _find_report(folder / _REPORT, beside))


def _find_report(report: Path, beside: Path) -> str | None:
    """The address of a report that travels with the page; any other would be a dead link."""
    if not report.is_file():
        return None
    way = Path(os.path.relpath(report, beside))
    return None if ".." in way.parts else way.as_posix()


def _describe(path: Path, keys: Sequence[Ed25519PublicKey]) -> str:
    content, name = path.read_bytes(), str(path)
    envelope, payload = decode_envelope(content, name)
    expires = decode_statement(payload, name).predicate.validity.expires[:10]
    signed = f"signed by {', '.join(each.keyid[:14] for each in envelope.signatures)}"
    if not keys:
        return f"{signed}, until {expires}, not verified here"
    answer = verify_certificate(content, name, keys, path.parent)
    if answer.faults or answer.foreign:
        why = "; ".join([*answer.faults, *answer.foreign])
        raise InvalidCertificate(f"the certificate '{path}' does not hold: {why}")
    return f"{signed}, verified, until {expires}"
