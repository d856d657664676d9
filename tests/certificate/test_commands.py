"""The commands around a certificate: what they print, and the status they end with."""

import base64
import json
import os
import shlex
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
)

from onceproof.conformance.certificate.dsse import PAYLOAD_TYPE
from onceproof.conformance.cli import main
from onceproof.conformance.errors import HARNESS, USAGE
from tests.certificate.signed_run import DAYS, Json, SignedRun


@pytest.fixture(autouse=True)
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SignedRun:
    """A signed run in the folder that the commands are called from."""
    monkeypatch.chdir(tmp_path)
    run = SignedRun(tmp_path)
    pair = generate_private_key(SECP256R1())
    secret = BestAvailableEncryption(b"x")
    private = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret)
    public = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    Path("locked.key").write_bytes(private)
    Path("ec.pub").write_bytes(public)
    Path("unsigned").mkdir()
    os.mkfifo("pipe")
    payload = base64.b64encode(b"[" * 100_000).decode()
    deep = {"payload": payload, "payloadType": PAYLOAD_TYPE, "signatures": []}
    Path("deep").write_text(json.dumps(deep), encoding="utf-8")
    Path("deeper").write_text("[" * 100_000, encoding="utf-8")
    Path("empty").touch()
    return run


def call(line: str, capsys: pytest.CaptureFixture[str]) -> tuple[int | str | None, str, str]:
    try:
        main(shlex.split(line))
        status: int | str | None = 0
    except SystemExit as ended:
        status = ended.code
    output = capsys.readouterr()
    return status or 0, output.out, output.err


def test_a_private_key_is_its_owner_s_alone_and_never_overwritten(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = os.umask(0)
    try:
        status, said, _ = call("keygen --out new", capsys)
    finally:
        os.umask(before)
    assert (status, "new.pub: the public key sha256:" in said) == (0, True)
    assert stat.S_IMODE(Path("new").stat().st_mode) == 0o600
    content = Path("new").read_bytes()
    for taken, kept in (("new.pub", "new"), ("new", "new.pub")):
        Path(kept).rename("aside")
        status, _, said = call("keygen --out new", capsys)
        assert (status, f"'{taken}' exists already" in said) == (USAGE, True)
        Path("aside").rename(kept)
    assert Path("new").read_bytes() == content


def test_a_run_is_signed_bundled_and_verified(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(f"sign run --key key --valid-days {DAYS}", capsys)[0] == 0
    assert call("bundle run -o one", capsys)[:2] == (0, "one\n")
    status, said, _ = call("verify --bundle one --key key.pub", capsys)
    assert status == 0
    assert said.startswith("failed by the suite with probes: reference (observed)\n")
    assert "all verdicts were derived again from the evidence" in said
    assert said.endswith("\nthe certificate holds\n")
    status, said, _ = call("verify run/certificate.json --key key.pub", capsys)
    assert (status, "no verdict was derived again" in said) == (0, True)


def test_an_outcome_can_be_demanded(capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = call("verify --run-dir run --key key.pub --outcome certified", capsys)
    assert status == 10
    assert "  ! its outcome is 'failed', but --outcome demands 'certified'\n" in said
    assert said.endswith("\nthe certificate does not hold\n")


@pytest.mark.parametrize(
    ("mode", "words", "status", "sentence"),
    [
        ("probes", "", 0, "certified by the suite with probes: "),
        ("probes", "--mode field", 10, "it is of mode 'probes', but --outcome is about 'field'"),
        ("field", "", 10, "it is of mode 'field', but --outcome is about 'probes'"),
        ("field", "--mode field", 0, "certified in field mode: "),
        ("chaos", "", 10, "certified as a chaos, which certifies nothing: "),
        ("chaos", "--mode field", 10, "it is of mode 'chaos', but --outcome is about 'field'"),
    ],
)
def test_one_mode_is_not_taken_for_another(
    mode: str,
    words: str,
    status: int,
    sentence: str,
    run: SignedRun,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def claim(statement: Json) -> None:
        statement["predicate"]["mode"] = mode
        statement["predicate"]["result"]["outcome"] = "certified"

    run.forge(claim, sign=True)
    line = f"verify run/certificate.json --key key.pub --outcome certified {words}"
    ended, said, _ = call(line, capsys)
    assert (ended, sentence in said) == (status, True), said


def test_a_moment_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    status, said, _ = call("verify --run-dir run --key key.pub --at 2046-01-01", capsys)
    assert (status, "it expired on 2035-12-30T00:01:00+00:00" in said) == (10, True)


def test_one_of_several_keys_is_enough(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("keygen --out other", capsys)[0] == 0
    keys = "--key other.pub --key key.pub"
    assert call(f"verify run/certificate.json {keys}", capsys)[0] == 0


def test_a_nonce_is_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    """`--key` names a run here, and a key file elsewhere: neither is hidden in what is printed."""
    nonce = "5967f37a-no-such-nonce"
    assert call(f"verify run/certificate.json --key {nonce}", capsys)[2].count(nonce) == 1


REFUSED = {
    "keygen --out nowhere/new": "--out 'nowhere/new' cannot be created (No such file or directory)",
    "keygen": "Missing option '--out'",
    "sign run --key nowhere": "--key 'nowhere' cannot be read (No such file or directory)",
    "sign run --key .": "--key '.' cannot be read (Is a directory)",
    "sign run --key key.pub": "--key 'key.pub' is no private key in PEM",
    "sign run --key empty": "--key 'empty' is no private key in PEM",
    "sign run --key locked.key": "--key 'locked.key' is encrypted",
    "sign run --key key --valid-days 0": "0 is not in the range 1<=x<=3650",
    "sign unsigned --key key": "'unsigned' holds no results.json",
    "certify --sign nowhere": "--sign 'nowhere' cannot be read",
    "certify --sign key.pub": "--sign 'key.pub' is no private key",
    "bundle unsigned -o one": "'unsigned' holds no certificate.json: sign it by",
    "bundle run -o nowhere/one": "-o 'nowhere/one' cannot be written (No such file or directory)",
    "bundle run -o pipe": "-o 'pipe' cannot be written (it is no regular file)",
    "verify deep --key key.pub": "'deep' is no certificate of a run",
    "verify deeper --key key.pub": "'deeper' is no certificate",
    "verify --key key.pub": "name a certificate.json, or its evidence by --run-dir or --bundle",
    "verify run/certificate.json": "Missing option '--key'",
    "verify nowhere --key key.pub": "'nowhere' cannot be read (No such file or directory)",
    "verify empty --key key.pub": "'empty' is no certificate",
    "verify run/results.json --key key.pub": "'run/results.json' is no certificate",
    "verify run/svr.json --key key.pub": "'run/svr.json' is no certificate of a run",
    "verify run/certificate.json --key key": "--key 'key' is a private key: give 'key.pub'",
    "verify run/certificate.json --key ec.pub": "--key 'ec.pub' is no ed25519 key",
    "verify run/certificate.json --key empty": "--key 'empty' is no public key in PEM",
    "verify --run-dir nowhere --key key.pub": "--run-dir 'nowhere' is no folder",
    "verify --run-dir run --bundle one --key key.pub": "both name the evidence: drop one",
    "verify --bundle nowhere --key key.pub": "--bundle 'nowhere' cannot be read (No such file",
    "verify --run-dir run --key key.pub --at soon": "'soon' does not match the formats",
}


@pytest.mark.parametrize(("line", "sentence"), REFUSED.items())
def test_what_cannot_be_used_is_refused_in_one_sentence(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said, complaint = call(line, capsys)
    assert (status, said) == (USAGE, "")
    assert sentence in complaint
    assert (complaint.startswith("onceproof: "), complaint.count("\n")) == (True, 1)


def test_a_run_that_was_altered_is_neither_signed_nor_bundled(
    run: SignedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    results = run.run / "results.json"
    results.write_bytes(results.read_bytes().replace(b'"FAIL"', b'"PASS"'))
    status, _, said = call("sign run --key key", capsys)
    assert (status, "does not follow from its evidence" in said) == (HARNESS, True)
    status, _, said = call("bundle run -o one", capsys)
    assert (status, "'run' is not as it was signed" in said) == (USAGE, True)
    assert not Path("one").exists()
