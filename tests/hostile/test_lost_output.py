"""Output that cannot be written, a disk that fills up, variables for another database: the verdict
is the same, and what is wrong is said in one sentence.
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from onceproof.conformance.errors import HARNESS, PARTIAL, USAGE
from onceproof.conformance.run_folder import RESERVE, UNFINISHED

STANDIN = Path(__file__).parents[1] / "targets" / "stand_in_server.py"
ONLY = ("--only", "SYS-01")


def words(folder: Path, *more: str, stack: str = "none", only: str = "SYS-01") -> list[str]:
    command = f"{{python}} {STANDIN} --port {{port}}"
    asked = ("--command", command, "--stack", stack, "--only", only, "--run-dir", str(folder))
    return [sys.executable, "-m", "onceproof.conformance", "certify", *asked, *more]


def certify(argv: list[str], **how: object) -> subprocess.CompletedProcess[str]:
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, **how}
    return subprocess.run(argv, timeout=120, check=False, **streams)  # type: ignore[call-overload,no-any-return]


def verdict(folder: Path) -> str:
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return str(next(each for each in results["requirements"] if each["id"] == "SYS-01")["verdict"])


def test_a_reader_that_goes_away_changes_nothing(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = certify(words(tmp_path / "run"), stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)

    assert (done.returncode, verdict(tmp_path / "run")) == (PARTIAL, "PASS")
    assert done.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_output_to_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = certify(words(tmp_path / "run"), stdout=full, stderr=full)

    assert (done.returncode, verdict(tmp_path / "run")) == (PARTIAL, "PASS")


def test_no_output_at_all_changes_nothing(tmp_path: Path) -> None:
    script = 'exec "$@" >&- 2>&-'
    done = certify(["/bin/sh", "-c", script, "sh", *words(tmp_path / "run")])

    assert (done.returncode, verdict(tmp_path / "run")) == (PARTIAL, "PASS")


def limit(size_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))


def test_a_disk_that_is_full_at_the_start_is_one_sentence(tmp_path: Path) -> None:
    done = certify(words(tmp_path / "run"), preexec_fn=lambda: limit(1 << 20))

    assert done.returncode == USAGE
    assert done.stdout == (
        f"onceproof: no space left on '{tmp_path / 'run'}': free some, or name another folder "
        "with --run-dir\n"
    )


FILL = """
import shutil, sys
from onceproof.conformance.history import recorder
from onceproof.conformance.cli import main

class Full:
    closed = False
    def __init__(self, file):
        self.file, self.room = file, 3000
    def write(self, data):
        if self.room <= 0:
            raise OSError(28, "No space left on device")
        self.room -= len(data)
        return self.file.write(data)
    def close(self):
        self.closed = True
        self.file.close()

made = recorder.Recorder.__init__
def init(self, path):
    made(self, path)
    self._file = Full(self._file)
recorder.Recorder.__init__ = init
main(sys.argv[1:])
"""


def test_a_disk_that_fills_up_ends_in_a_sentence_and_reports(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    argv = [sys.executable, "-c", FILL, *words(folder, only="SYS")[3:]]

    done = certify(argv)

    assert done.returncode == HARNESS, done.stdout
    assert f"no space left on '{folder}'" in done.stdout
    assert "Traceback" not in done.stdout
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert results["outcome"] == "inconclusive"
    assert not results["counts"].get("ERROR")
    assert not {UNFINISHED, RESERVE} & {path.name for path in folder.iterdir()}


#: As somebody has them who works with another database.
POSTGRES = {
    "PGSSLMODE": "require",
    "PGHOST": "db.example",
    "PGPORT": "1",
    "PGUSER": "somebody",
    "PGPASSWORD": "else",
    "PGDATABASE": "theirs",
    "PGSERVICE": "nosuch",
    "PGOPTIONS": "-c nosuch.setting=1",
    "PGDATA": "/nonexistent",
    "PGTARGETSESSIONATTRS": "read-only",
}


def test_variables_for_another_database_reach_nothing_that_is_started_here(
    tmp_path: Path,
) -> None:
    done = certify(
        words(tmp_path / "run", "--load-seconds", "0", stack="embedded"),
        env={**os.environ, **POSTGRES},
    )

    assert (done.returncode, verdict(tmp_path / "run")) == (PARTIAL, "PASS"), done.stdout


def test_the_reference_server_does_not_see_them_either(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "onceproof.conformance", "certify", *ONLY]
    done = certify(
        [*argv, "--run-dir", str(tmp_path / "run"), "--stack", "embedded"],
        env={**os.environ, **POSTGRES},
    )

    assert (done.returncode, verdict(tmp_path / "run")) == (PARTIAL, "PASS"), done.stdout
