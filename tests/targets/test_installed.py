"""A profile of a server that is not installed ends in one sentence, before anything starts."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from onceproof.conformance import cli
from onceproof.conformance.errors import UNAVAILABLE, TargetError
from onceproof.conformance.installed import advise_install, require_program
from onceproof.conformance.options import Options
from onceproof.conformance.targets import CommandTarget
from onceproof.conformance.targets.profile import list_profiles, load_profile

STARTED = [name for name in list_profiles() if load_profile(name).start.command]


@pytest.mark.parametrize("name", STARTED)
def test_each_profile_says_what_is_missing_and_how_to_get_it(name: str, tmp_path: Path) -> None:
    options = Options(target_profile=name, environ={"PATH": str(tmp_path)})
    with pytest.raises(TargetError) as refused:
        require_program(options)
    said = str(refused.value)
    assert said.startswith(f"--target-profile {name}: ")
    assert "is no program on the PATH" in said
    assert "install it by `pip install " in said
    (tmp_path / str(options.profile.start.program)).touch(mode=0o755)
    require_program(options)


@pytest.mark.parametrize("line", [f"certify --target-profile {name}" for name in STARTED])
def test_nothing_is_started_for_a_server_that_is_not_there(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        cli.main([*shlex.split(line), "--run-dir", str(tmp_path / "run")])
    assert ended.value.code == UNAVAILABLE
    assert "is not installed: install it by `pip install" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_who_starts_it_otherwise_needs_no_program_of_the_profile() -> None:
    for more in ({"command": "mine {port}"}, {"urls": ("http://h",)}, {"image": "mine"}):
        options = Options(target_profile="graphharbor", environ={"PATH": ""}, **more)
        require_program(options)
        assert advise_install(options) is None


def test_the_path_of_the_server_is_the_one_that_counts(tmp_path: Path) -> None:
    (tmp_path / "langrove").touch(mode=0o755)
    path = (f"PATH={tmp_path}",)
    require_program(Options(target_profile="langrove", env=path, environ={"PATH": ""}))


def test_one_that_ends_at_its_start_may_lack_its_package(
    make: Callable[..., CommandTarget],
) -> None:
    target = make("--port {port} --exit 3", install="install it by `pip install it`")
    with pytest.raises(
        TargetError, match=r"status 3 .*; if it is not installed, install it by `pi"
    ):
        target.start()
