"""A certificate says everything that a run amounts to, and any tool can read who signed it."""

import copy
import errno
import hashlib
import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from onceproof.conformance.certificate import sign as module
from onceproof.conformance.certificate.bundle import read_statement
from onceproof.conformance.certificate.dsse import authenticate
from onceproof.conformance.certificate.evidence import File, compute_root
from onceproof.conformance.certificate.identity import compute_code_digest, describe_harness
from onceproof.conformance.certificate.keys import load_public_key
from onceproof.conformance.certificate.sign import sign_run
from onceproof.conformance.certificate.summaries import summarise_properties
from onceproof.conformance.errors import OnceproofError, UsageError
from onceproof.conformance.register import load_register
from onceproof.conformance.run_folder import SIGNED
from onceproof.conformance.secrets import SECRETS
from tests.certificate.signed_run import Json, SignedRun, read_payload


@pytest.fixture
def signed(tmp_path: Path) -> SignedRun:
    return SignedRun(tmp_path)


def test_an_honest_certificate_holds_though_its_run_failed(signed: SignedRun) -> None:
    answer = signed.verify()
    assert (answer.exit_status, answer.faults, answer.is_derived) == (0, [], True)
    assert answer.statement.predicate.result.outcome == "failed"


def test_the_denominator_is_whole(signed: SignedRun) -> None:
    predicate = signed.statement()["predicate"]
    denominator = predicate["denominator"]
    assert [line["id"] for line in denominator["requirements"]] == list(load_register())
    assert denominator["total"] == sum(denominator["counts"].values()) == len(load_register())
    unjudged = predicate["exceptions"]["unjudged"]
    assert len(unjudged) == sum(
        number
        for verdict, number in denominator["counts"].items()
        if verdict not in ("PASS", "FAIL", "WARN")
    )
    assert denominator["records"]["effect"] == 6
    assert predicate["mode"] == "probes"
    assert predicate["reproduce"]["command"] == "onceproof certify"


def test_the_lock_is_named_by_the_digest_of_its_file(signed: SignedRun) -> None:
    lock = Path(__file__).parents[2] / "conformance.lock"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    assert signed.statement()["predicate"]["specification"]["lock"] == f"sha256:{digest}"


def test_another_implementation_verifies_each_document(signed: SignedRun) -> None:
    # Here and not above: an environment made before this witness came still collects the rest.
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import SSlibKey

    key = SSlibKey.from_crypto(load_public_key(Path(f"{signed.key}.pub"), "--key"))
    for name in SIGNED:
        document = json.loads((signed.run / name).read_bytes())
        # `from_dict` takes the document apart, so it gets its own.
        envelope = Envelope.from_dict(copy.deepcopy(document))
        key.keyid = document["signatures"][0]["keyid"]
        assert list(envelope.verify([key], 1)) == [key.keyid]
        assert envelope.pae() == authenticate(envelope.payload_type, envelope.payload)
        envelope.payload += b" "
        with pytest.raises(VerificationError):
            envelope.verify([key], 1)


def test_the_summaries_claim_no_more_than_the_certificate(signed: SignedRun) -> None:
    tests = read_payload(signed.run / "test-result.json")["predicate"]
    assert tests["result"] == "FAILED"
    failed = [
        line["id"]
        for line in signed.statement()["predicate"]["denominator"]["requirements"]
        if line["verdict"] == "FAIL"
    ]
    assert tests["failedTests"] == failed
    assert failed
    assert read_payload(signed.run / "svr.json")["predicate"]["properties"] == []


@pytest.mark.parametrize(
    ("mode", "properties"),
    [
        ("probes", ["ONCEPROOF_QUEUE_V1", "ONCEPROOF_CERTIFIED_V1"]),
        ("field", ["ONCEPROOF_QUEUE_V1"]),
        ("chaos", []),
    ],
)
def test_only_what_is_certified_is_a_property(
    mode: str, properties: list[str], signed: SignedRun
) -> None:
    def claim(statement: Json) -> None:
        predicate = statement["predicate"]
        predicate["mode"] = mode
        predicate["result"]["outcome"] = "certified"
        for profile in predicate["result"]["profiles"]:
            is_queue = profile["profile"] == "queue"
            profile["outcome"] = "certified" if is_queue else "partial"

    signed.forge(claim, sign=True)
    content = signed.certificate.read_bytes()
    summary = summarise_properties(read_statement(content, "certificate.json"), content)
    assert json.loads(summary)["predicate"]["properties"] == properties


def test_results_that_do_not_follow_are_not_signed(signed: SignedRun) -> None:
    path = signed.run / "results.json"
    path.write_bytes(path.read_bytes().replace(b'"FAIL"', b'"PASS"', 1))
    with pytest.raises(OnceproofError, match=r"does not follow from its evidence .* not signed"):
        sign_run(signed.run, signed.private)


def test_a_run_that_is_long_over_is_not_signed_as_fresh(signed: SignedRun) -> None:
    with pytest.raises(UsageError, match="after --valid-days 1 its certificate would have"):
        sign_run(signed.run, signed.private, days=1)


def test_a_full_disk_leaves_the_old_certificate_whole(
    signed: SignedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = signed.certificate.read_bytes()
    monkeypatch.setattr(os, "fsync", fill)
    with pytest.raises(OnceproofError, match=r"no space left on .*: free some"):
        sign_run(signed.run, signed.private, days=3650)
    assert signed.certificate.read_bytes() == before
    assert not list(signed.run.glob(".*"))


def test_a_certificate_that_reads_otherwise_is_no_success(
    signed: SignedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def lose_the_end(path: Path) -> Iterator[io.BytesIO]:
        content = io.BytesIO()
        yield content
        path.write_bytes(content.getvalue()[:-3] + b"}\n")

    monkeypatch.setattr(module, "replace_file", lose_the_end)
    with pytest.raises(OnceproofError, match="reads otherwise: check the disk"):
        sign_run(signed.run, signed.private, days=3650)


def test_a_secret_is_not_signed(signed: SignedRun) -> None:
    SECRETS.add("2026-01-01T00:01:00+00:00")
    try:
        with pytest.raises(OnceproofError, match="would repeat a secret"):
            sign_run(signed.run, signed.private, days=3650)
    finally:
        SECRETS.clear()


def test_the_root_is_that_of_rfc_6962() -> None:
    """The roots of the certificate-transparency project's own test vectors, by their rules."""
    files = [File(f"{n}", "report", n, "0" * 64) for n in range(5)]
    leaves = [hashlib.sha256(b"\0" + msgspec.json.encode(f, order="deterministic")) for f in files]
    a, b, c, d, e = (leaf.digest() for leaf in leaves)

    def node(left: bytes, right: bytes) -> bytes:
        return hashlib.sha256(b"\1" + left + right).digest()

    assert compute_root(files) == node(node(node(a, b), node(c, d)), e).hex()
    assert compute_root(files[:1]) == a.hex()
    assert compute_root([]) == hashlib.sha256().hexdigest()


def test_the_harness_says_which_code_judged() -> None:
    harness = describe_harness()
    assert harness.code == compute_code_digest()
    assert str(harness.code).startswith("sha256:")
