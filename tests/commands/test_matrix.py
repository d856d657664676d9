"""`onceproof matrix`: which runs it takes, what it links, and what it says of bad input."""

from pathlib import Path

import pytest

from onceproof.conformance.certificate.keys import write_key_pair
from onceproof.conformance.cli import main
from onceproof.conformance.errors import FAILED, HARNESS, USAGE
from onceproof.reports.document import dump
from onceproof.reports.results import Results
from tests.certificate.signed_run import SignedRun
from tests.reports import examples


@pytest.fixture
def signed(tmp_path: Path) -> SignedRun:
    return SignedRun(tmp_path / "signed")


def call(*words: object) -> int:
    try:
        main(["matrix", *map(str, words)])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def save(folder: Path, results: Results | None = None) -> Path:
    folder.mkdir(parents=True)
    (folder / "results.json").write_bytes(dump(results or examples.mixed()))
    return folder


def test_folders_and_documents_become_one_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = save(tmp_path / "one"), save(tmp_path / "two", examples.green())
    (one / "report.html").write_text("its own page", encoding="utf-8")
    out = tmp_path / "matrix.html"
    assert call(one, two / "results.json", "-o", out) == 0
    assert capsys.readouterr().out == f"{out}\n"
    page = out.read_text(encoding="utf-8")
    assert '<a href="one/report.html">reference 0.1.0</a>' in page
    assert "two/report.html" not in page


def test_a_report_elsewhere_is_not_linked(tmp_path: Path) -> None:
    one = save(tmp_path / "one")
    (one / "report.html").write_text("its own page", encoding="utf-8")
    (tmp_path / "site").mkdir()
    out = tmp_path / "site" / "index.html"
    assert call(one, "-o", out) == 0
    assert "report.html" not in out.read_text(encoding="utf-8")


def test_a_certificate_is_named_and_verified_by_a_key(tmp_path: Path, signed: SignedRun) -> None:
    out = tmp_path / "matrix.html"
    assert call(signed.run, "-o", out) == 0
    assert "not verified here" in out.read_text(encoding="utf-8")
    assert call(signed.run, "-o", out, "--key", f"{signed.key}.pub") == 0
    assert ", verified, until " in out.read_text(encoding="utf-8")


def test_a_certificate_that_does_not_hold_makes_no_page(
    tmp_path: Path, signed: SignedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    write_key_pair(tmp_path / "other.key")
    out = tmp_path / "matrix.html"
    assert call(signed.run, "-o", out, "--key", tmp_path / "other.key.pub") == FAILED
    assert "does not hold: another key signed it" in capsys.readouterr().err
    assert not out.exists()


def test_what_is_no_run_of_certify_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    run, chaos = save(tmp_path / "run"), save(tmp_path / "chaos", examples.quiet_chaos())
    broken = save(tmp_path / "broken") / "results.json"
    broken.write_text("{}", encoding="utf-8")
    out = tmp_path / "matrix.html"
    for words, status, sentence in (
        ([], USAGE, "Missing argument 'RUN_DIR...'"),
        ([tmp_path / "empty"], USAGE, "holds no results.json: name the folder"),
        ([tmp_path / "gone"], USAGE, "gone': name the folder of a run, or its results.json"),
        ([run, chaos], USAGE, "is a chaos, which certifies nothing: name runs of certify"),
        ([run] * 13, USAGE, "13 runs are too many side by side: name at most 12"),
        (
            [run, "-o", tmp_path / "no" / "x"],
            USAGE,
            "cannot be written (No such file or directory)",
        ),
        ([run, "--key", tmp_path / "no.pub"], USAGE, "--key"),
        ([broken], HARNESS, "is not a usable onceproof/results/1 document"),
    ):
        given = words if "-o" in words else [*words, "-o", out]
        assert call(*given) == status
        assert sentence in capsys.readouterr().err
        assert not out.exists()
