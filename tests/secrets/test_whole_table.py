"""Every row of the table; `tox -e canaries` runs it, and prints what came of each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from onceproof.conformance.certificate.bundle import unpack_bundle
from onceproof.conformance.commands.report import FORMATS
from tests.secrets.canaries import find_leaks
from tests.secrets.ground import (
    open_databases,
    serve_hostile,
    take_port,
    write_files,
)
from tests.secrets.table import GATE, ONE, ROWS, Ground, Row, behind, run_row
from tests.secrets.watched import ONCEPROOF, watch


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("ground")
    with (
        serve_hostile() as hostile,
        take_port() as port,
        open_databases(folder / "stack") as databases,
    ):
        yield Ground(hostile, f"127.0.0.1:{port}", databases, write_files(folder), folder)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_no_row_leaks(row: Row, ground: Ground, tmp_path: Path) -> None:
    assert run_row(row, ground, tmp_path) == []


def test_nothing_derived_of_a_run_leaks(ground: Ground, tmp_path: Path) -> None:
    """By processes that know none of its secrets, on a machine that never saw the target."""
    ground = replace(ground, run=tmp_path / "run")
    key, run = str(ground.files.key), str(tmp_path / "run")
    made = watch([*ONCEPROOF, "certify", *behind(ground), "--run-dir", run, *ONE], GATE, tmp_path)
    bundle = str(tmp_path / "bundle.tar.zst")
    lines = [
        ["sign", run, "--key", key],
        ["bundle", run, "-o", bundle],
        ["verify", "--bundle", bundle, "--key", f"{key}.pub"],
        ["recheck", run],
        ["compare", run, run],
        *(["report", run, "--format", name] for name in FORMATS),
        *(["report", run, "--format", name, "-o", str(tmp_path / name)] for name in FORMATS),
    ]
    for line in lines:
        ended = watch([*ONCEPROOF, *line], {}, tmp_path)
        print(f"| {line[0]} {' '.join(line[2:4])} | of a run with headers | {ended.status} |")
        assert ended.find_leaks() == []
        assert ended.status == 0, ended.output
    with unpack_bundle(Path(bundle)) as folder:
        assert list(find_leaks(folder)) == []
    assert [*made.find_leaks(), *find_leaks(tmp_path)] == []
