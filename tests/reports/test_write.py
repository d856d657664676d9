"""Writing: everything lands, the document first and whole, the rest from what was kept."""

import json
import os
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from onceproof.reports import results, write
from tests.reports import examples


def test_all_files_are_written_and_named(tmp_path: Path) -> None:
    files = write.write_all(examples.mixed(), tmp_path / "deep" / "run")
    assert list(files) == ["results.json", "junit.xml", "report.html", "summary.md"]
    assert sorted(path.name for path in (tmp_path / "deep" / "run").iterdir()) == sorted(files)
    assert json.loads(files["results.json"].read_bytes())["outcome"] == "failed"
    assert ElementTree.parse(files["junit.xml"]).getroot().get("tests") == "11"
    assert files["report.html"].read_text("utf-8").startswith("<!doctype html>\n<html lang=")
    assert files["summary.md"].read_text("utf-8").startswith("# onceproof: failed")


def test_hostile_results_are_written_too(tmp_path: Path) -> None:
    files = write.write_all(examples.hostile(), tmp_path)
    assert all(path.stat().st_size > 0 for path in files.values())


def test_the_other_files_are_derived_from_what_stands_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "load", lambda path: examples.green())
    files = write.write_all(examples.mixed(), tmp_path)
    assert files["summary.md"].read_text("utf-8").startswith("# onceproof: certified")


def test_a_document_that_cannot_be_read_again_yields_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write, "dump", lambda results: b"{")
    with pytest.raises(results.ResultsError, match="not a usable"):
        write.write_all(examples.mixed(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_an_overclaiming_document_is_not_written(tmp_path: Path) -> None:
    claim = msgspec.structs.replace(examples.mixed(), outcome="certified", exit_status=0)
    with pytest.raises(results.ResultsError, match="verdicts say failed"):
        write.write_all(claim, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_document_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write.write_all(examples.green(), tmp_path)
    before = (tmp_path / "results.json").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(results.ResultsError, match=r"cannot write the reports.*No space left"):
        write.write_all(examples.mixed(), tmp_path)
    assert (tmp_path / "results.json").read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(results.ResultsError, match=r"cannot write the reports into '.*taken'"):
        write.write_all(examples.green(), tmp_path / "taken")
