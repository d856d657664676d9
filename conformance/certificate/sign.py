"""A run's certificate, written beside its evidence: every run's, whatever it amounts to."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from onceproof.conformance.certificate.build import build_statement, limit_validity
from onceproof.conformance.certificate.dsse import sign_payload
from onceproof.conformance.certificate.summaries import summarise_properties, summarise_tests
from onceproof.conformance.certificate.verify import verify_certificate
from onceproof.conformance.errors import OnceproofError, describe_full, is_full
from onceproof.conformance.history.storage import replace_file
from onceproof.conformance.judgement.recheck import find_differences
from onceproof.conformance.run_folder import CERTIFICATE, SVR, TEST_RESULT
from onceproof.conformance.secrets import SECRETS
from onceproof.reports.document import load
from onceproof.reports.results import Results
from onceproof.reports.write import RESULTS

VALID_DAYS = 90


def sign_run(folder: Path, key: Ed25519PrivateKey, *, days: int = VALID_DAYS) -> dict[str, Path]:
    """Sign what the run in `folder` amounts to, and return the documents by name.

    They are read again once they are written. OnceproofError if the results do not follow from the
    evidence, or if a document could not be written.
    """
    results = load_sound_results(folder)
    validity = limit_validity(results, datetime.now(UTC), days)
    statement = build_statement(results, folder, validity)
    certificate = _seal(msgspec.json.encode(statement, order="deterministic"), key)
    documents = {
        CERTIFICATE: certificate,
        TEST_RESULT: _seal(summarise_tests(statement, certificate), key),
        SVR: _seal(summarise_properties(statement, certificate), key),
    }
    _write(folder, documents)
    _read_again(folder, documents, key)
    return {name: folder / name for name in documents}


def load_sound_results(folder: Path) -> Results:
    """Read the results of a run and derive them again; OnceproofError unless the two agree."""
    if differences := find_differences(folder):
        raise OnceproofError(
            f"'{folder / RESULTS}' does not follow from its evidence ({differences[0]}), so it is "
            "not signed: sign it with the version that wrote it, or restore the folder"
        )
    return load(folder / RESULTS)


def _seal(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """Sign a payload; it holds no secret, since the evidence that it is made of holds none."""
    if SECRETS.hide_bytes(payload) != payload:
        raise OnceproofError("the certificate would repeat a secret, so it is not signed")
    return sign_payload(payload, key)


def _write(folder: Path, documents: dict[str, bytes]) -> None:
    try:
        for name, content in documents.items():
            with replace_file(folder / name) as file:
                file.write(content)
    except OSError as error:
        why = describe_full(folder) if is_full(error) else f"cannot write into '{folder}': {error}"
        raise OnceproofError(why) from None


def _read_again(folder: Path, documents: dict[str, bytes], key: Ed25519PrivateKey) -> None:
    """What a reader will find is what counts: exit status 0 stands for that, not for a write."""
    if {name: (folder / name).read_bytes() for name in documents} != documents:
        raise OnceproofError(f"what was written into '{folder}' reads otherwise: check the disk")
    for fault in verify_certificate(documents[CERTIFICATE], CERTIFICATE, [key.public_key()]).faults:
        raise OnceproofError(f"the certificate in '{folder}' does not hold ({fault})")
