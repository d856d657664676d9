"""`onceproof probes export`: what it writes is served with nothing of ours beside it."""

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from onceproof.conformance.cli import main
from onceproof.conformance.errors import USAGE
from onceproof.conformance.probes import CONFIG, GRAPHS

LOAD_ALL = """
import importlib.util, json, pathlib, sys
sys.path.insert(0, sys.argv[1])
config = pathlib.Path(sys.argv[2])
modules = {"auth": "./auth.py:auth", **json.loads(config.read_text())["graphs"]}
for name, spec in modules.items():
    path, _, attribute = spec.partition(":")
    found = importlib.util.spec_from_file_location("loaded_" + name, config.parent / path)
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    print(name, type(getattr(module, attribute)).__name__)
"""


def export(folder: Path, *more: str) -> int:
    """The exit status of `onceproof probes export`."""
    try:
        main(["probes", "export", str(folder), *more])
    except SystemExit as ended:
        return int(str(ended.code))
    return 0


def closure(name: str, known: set[str]) -> set[str]:
    """The distribution, and all that it brings with it."""
    try:
        needs = distribution(name).requires or []
    except PackageNotFoundError:  # its marker leaves it out on this machine
        return known
    known.add(name)
    for need in needs:
        needed = re.match(r"[\w.-]+", need)
        if needed and "extra ==" not in need and needed[0].lower() not in known:
            closure(needed[0].lower(), known)
    return known


def only_langgraph(folder: Path) -> Path:
    """A path entry that holds langgraph and what it depends on, as if nothing else were there."""
    for name in closure("langgraph", set()):
        found = distribution(name)
        for file in found.files or ():
            top = folder / file.parts[0]
            if file.parts[0] not in ("..", "__pycache__"):
                _link(top, Path(str(found.locate_file(file.parts[0]))))
    return folder


def _link(link: Path, source: Path) -> None:
    """Packages that several distributions share are put together module by module."""
    if link.exists():
        return
    if source.name != "langgraph":
        link.symlink_to(source)
        return
    link.mkdir()
    for module in source.iterdir():
        (link / module.name).symlink_to(module)


def load_all(config: Path, site: Path) -> subprocess.CompletedProcess[str]:
    """Load every graph in a fresh interpreter that has no packages but those of `site`."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", LOAD_ALL, str(site), str(config)],
        cwd="/",
        env={},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return only_langgraph(tmp_path / "site")


def test_every_graph_loads_with_langgraph_alone(tmp_path: Path, site: Path) -> None:
    folder = tmp_path / "far from here" / "probes"

    assert export(folder) == 0
    loaded = load_all(folder / "langgraph.json", site)

    assert loaded.returncode == 0, loaded.stderr
    assert [line.split()[0] for line in loaded.stdout.splitlines()] == ["auth", *GRAPHS]


@pytest.mark.parametrize("package", ["msgspec", "conformance"])
def test_a_probe_that_needed_more_than_langgraph_would_be_seen(
    tmp_path: Path, site: Path, package: str
) -> None:
    export(tmp_path / "probes")
    (tmp_path / "probes/graphs/chain.py").write_text(f"import {package}\n")

    loaded = load_all(tmp_path / "probes/langgraph.json", site)

    assert f"No module named '{package}'" in loaded.stderr


def test_what_is_written_is_what_the_harness_serves(tmp_path: Path) -> None:
    export(tmp_path / "probes")
    written = {
        path.relative_to(tmp_path / "probes").as_posix(): path.read_bytes()
        for path in (tmp_path / "probes").rglob("*")
        if path.is_file()
    }

    assert all((CONFIG.parent / name).read_bytes() == content for name, content in written.items())
    assert "__init__.py" not in written
    assert json.loads(written["langgraph.json"])["dependencies"] == ["."]


def test_it_says_how_to_host_what_it_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(tmp_path / "probes")

    output = capsys.readouterr().out
    assert f"cd {tmp_path}/probes && langgraph dev" in output


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    assert export(tmp_path) == 0
    assert (tmp_path / "langgraph.json").exists()


def test_a_folder_with_something_in_it_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("keep")

    assert export(tmp_path) == USAGE
    output = capsys.readouterr().err
    assert f"'{tmp_path}' is not empty: name a new folder, or remove what is in it" in output
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_in_place_of_the_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")

    assert export(tmp_path / "file") == USAGE
    assert "cannot be written" in capsys.readouterr().err


def test_what_a_known_server_cannot_take_is_left_out(tmp_path: Path) -> None:
    assert export(tmp_path / "probes", "--target-profile", "aegra") == 0
    written = json.loads((tmp_path / "probes/langgraph.json").read_text())
    assert written.keys() == json.loads(CONFIG.read_text()).keys() - {"store"}


def test_a_server_with_a_migration_is_shown_what_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(tmp_path / "probes", "--target-profile", "graphharbor") == 0
    last = capsys.readouterr().out.splitlines()[-3:]
    assert [line.split()[:2] for line in last] == [
        ["graphharbor", "migrate"],
        ["graphharbor", "serve"],
        ["graphharbor", "worker"],
    ]
    assert "{" not in "".join(last)
