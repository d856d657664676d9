"""A clumsy start ends in one sentence and a documented status, before anything is started."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from onceproof.conformance import cli
from onceproof.conformance.errors import HARNESS, PARTIAL, USAGE
from onceproof.conformance.options import Options
from onceproof.conformance.run_folder import REPORTS, claim_folder
from onceproof.conformance.stacks import describe_half
from onceproof.conformance.unforeseen import DEBUG, describe_failure

URL = "--url http://127.0.0.1:1"
CLUMSY = {
    "certify --url http://bücher..example/": "is not a base URL",
    "certify --url http://xn--zzzz--a/": "is not a base URL",
    "certify --url 'http://127.0.0.1\n:1'": "is not a base URL",
    "certify --url 'http://h:99999'": "is not a base URL",
    "certify --url 'http://h/?x=1'": "send keys by --header",
    f"certify --run-dir {'n' * 300} {URL}": "cannot be created (File name too long)",
    "certify --run-dir '\udcff\udcfe'": "is not UTF-8",
    "certify --witness-address 192.0.2.77": "'192.0.2.77' is none of this machine's addresses",
    "certify --witness-address nonsense": "'nonsense' is none of this machine's addresses",
    "certify --api-replicas 0": "--api-replicas 0 leaves no API",
    "certify --worker-replicas -3": "--worker-replicas -3 is negative",
    "chaos --schedule nowhere": "'nowhere' cannot be read as a schedule",
    "chaos --schedule .": "'.' cannot be read as a schedule",
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("line", "sentence"), CLUMSY.items(), ids=list(range(len(CLUMSY))))
def test_a_clumsy_start_is_refused_before_anything_starts(
    line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(shlex.split(line))
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (USAGE, "")
    assert sentence in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("name", [*REPORTS, "evidence.json", "history.jsonl.zst"])
def test_a_folder_with_a_file_that_the_run_would_overwrite_is_refused(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").touch()
    assert claim_folder(tmp_path) == tmp_path
    (tmp_path / name).touch()
    with pytest.raises(Exception, match=f"holds an earlier run, or files .*{name}"):
        claim_folder(tmp_path)


def test_a_stack_of_which_one_half_is_named_is_said() -> None:
    environ = {"DATABASE_URI": "postgresql://h/d"}
    assert describe_half({}) is None
    assert describe_half(environ | {"REDIS_URI": "redis://h"}) is None
    assert "DATABASE_URI is set but REDIS_URI is not" in str(describe_half(environ))
    assert "REDIS_URI is set but DATABASE_URI" in str(describe_half({"REDIS_URI": "redis://h"}))
    assert Options(environ=environ).lets_environment_choose
    assert not Options(stack="embedded", environ=environ).lets_environment_choose


# -- what nobody foresaw ---------------------------------------------------------------------


def test_the_unforeseen_ends_in_a_sentence_and_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise KeyError("no such thing")

    monkeypatch.setattr(cli.cli, "main", fail)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        cli.main(["certify"])
    said = capsys.readouterr().err
    [file] = tmp_path.iterdir()
    assert ended.value.code == HARNESS
    assert said.startswith("onceproof: the harness failed (KeyError: 'no such thing')")
    assert said.count("\n") == 1
    assert str(file) in said
    assert "Traceback" in file.read_text(encoding="utf-8")


def test_the_traceback_is_printed_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEBUG, "1")
    assert "\nValueError: odd" in describe_failure(ValueError("odd"))


# -- encodings -------------------------------------------------------------------------------

TERMINALS = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize("terminal", TERMINALS)
def test_a_terminal_that_is_not_utf_8_loses_no_verdict(terminal: str, tmp_path: Path) -> None:
    words = ["certify", "--only", "SYS-01", "--load-seconds", "0", "--run-dir", str(tmp_path / "r")]
    ended = subprocess.run(
        [sys.executable, "-m", "onceproof.conformance", *words],
        env={**os.environ, **TERMINALS[terminal]},
        capture_output=True,
        timeout=180,
    )
    output = ended.stdout + ended.stderr
    assert (ended.returncode, b"Traceback" in output) == (PARTIAL, False)
    assert all((tmp_path / "r" / name).exists() for name in REPORTS)
