"""A run that is over is judged again from its folder, and gives the same document bit for bit."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.history import DamagedHistory, pack, read
from onceproof.conformance.history.packing import packed_path
from onceproof.conformance.judgement.evidence import (
    load_evidence,
    save_evidence,
)
from onceproof.conformance.judgement.recheck import find_anomalies, find_differences
from onceproof.conformance.run_folder import EVIDENCE
from onceproof.reports.document import dump
from tests.judgement.finished import TWICE, finished, stored


def rechecked(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "onceproof.conformance", "recheck", str(folder), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_untouched_run_gives_the_same_document(tmp_path: Path) -> None:
    finished(tmp_path)
    before = (tmp_path / "results.json").read_bytes()
    assert find_differences(tmp_path) == []
    done = rechecked(tmp_path)
    assert (done.returncode, done.stdout) == (0, "the results are the same, bit for bit\n")
    assert (tmp_path / "results.json").read_bytes() == before


def test_a_verdict_that_was_changed_is_named(tmp_path: Path) -> None:
    finished(tmp_path)
    path = tmp_path / "results.json"
    path.write_bytes(path.read_bytes().replace(b'"exit_status": 10', b'"exit_status": 0'))
    done = rechecked(tmp_path)
    assert done.returncode == 10
    assert "exit_status: 0 when it ran, 10 now" in done.stdout


def test_a_document_of_the_time_before_the_judgement_was_part_of_it_is_still_the_same(
    tmp_path: Path,
) -> None:
    results = finished(tmp_path)
    earlier = msgspec.structs.replace(results, judgement=msgspec.UNSET)
    (tmp_path / "results.json").write_bytes(dump(earlier))
    assert b"judgement" not in (tmp_path / "results.json").read_bytes()
    assert find_differences(tmp_path) == []


def test_a_reason_that_was_changed_is_named(tmp_path: Path) -> None:
    results = finished(tmp_path)
    path = tmp_path / "results.json"
    reason = results.reasons[0].sentence.encode()
    path.write_bytes(path.read_bytes().replace(reason, b"all is well"))
    assert any(line.startswith("judgement.reasons[0]") for line in find_differences(tmp_path))


def test_a_test_that_was_changed_in_the_evidence_is_named(tmp_path: Path) -> None:
    finished(tmp_path)
    path = tmp_path / EVIDENCE
    path.write_bytes(path.read_bytes().replace(b'"passed"', b'"failed"'))
    differences = find_differences(tmp_path)
    assert any(line.startswith("requirements[QUE-01].verdict: ") for line in differences), (
        differences
    )


def test_a_history_that_lost_its_end_is_no_evidence(tmp_path: Path) -> None:
    finished(tmp_path)
    history = packed_path(tmp_path / "history.jsonl")
    records = list(read(tmp_path / "history.jsonl"))
    history.unlink()
    stored(tmp_path / "history.jsonl", records[:-1])
    pack(tmp_path / "history.jsonl")
    with pytest.raises(DamagedHistory, match=r"is not whole: it holds 9 records .* recorded 10 of"):
        load_evidence(tmp_path)
    done = rechecked(tmp_path)
    assert done.returncode == 70
    assert done.stderr.startswith("onceproof: history '")
    assert "Traceback" not in done.stderr


def test_a_damaged_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    finished(tmp_path)
    history = packed_path(tmp_path / "history.jsonl")
    history.write_bytes(history.read_bytes()[:-9])
    with pytest.raises(DamagedHistory):
        load_evidence(tmp_path)
    history.write_bytes(b"\x00" + history.read_bytes())
    with pytest.raises(DamagedHistory, match="cannot be unpacked"):
        load_evidence(tmp_path)
    history.unlink()
    with pytest.raises(DamagedHistory, match="is missing"):
        load_evidence(tmp_path)


def test_a_folder_without_a_finished_run_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"holds no evidence.json"):
        load_evidence(tmp_path)
    assert rechecked(tmp_path).returncode == 64


def test_one_check_about_one_run_shows_its_timeline(tmp_path: Path) -> None:
    results = finished(tmp_path)
    [finding] = [f for check in results.checks for f in check.findings]
    assert [line.split("  ")[1:4] for line in finding.timeline] == [
        ["#3", "sink", "effect effect n"],
        ["#6", "sink", "effect effect n"],
    ]
    assert finding.replay == f"onceproof recheck {tmp_path} --only duplicate --key n"
    done = rechecked(tmp_path, "--only", "duplicate", "--key", "n")
    assert done.returncode == 10
    assert finding.sentence in done.stdout
    assert finding.timeline[1] in done.stdout
    assert rechecked(tmp_path, "--only", "duplicate", "--key", "other").returncode == 0
    assert rechecked(tmp_path, "--only", "nonsense").returncode == 64
    assert [findings for _, findings in find_anomalies(tmp_path, "lost", None)] == [[]]


def test_what_a_chaos_leaves_can_be_looked_into(tmp_path: Path) -> None:
    stored(tmp_path / "history.jsonl", TWICE)
    [(verdict, found)] = find_anomalies(tmp_path, "duplicate", "n")
    assert verdict.startswith("duplicate FAIL")
    assert found[0].timeline


def test_a_folder_without_a_history_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no history"):
        find_anomalies(tmp_path, None, None)


def test_marks_are_listed_with_their_counts(tmp_path: Path) -> None:
    marks = {mark.mark: mark.count for mark in finished(tmp_path).marks}
    assert marks["lease-expired-while-alive"] == 0
    assert "two-replicas-one-run" in marks


def test_the_document_survives_half_of_a_surrogate_pair(tmp_path: Path) -> None:
    finished(tmp_path)
    evidence = load_evidence(tmp_path)
    evidence.tests[0].message = "got \ud83d"
    save_evidence(evidence, tmp_path)
    assert load_evidence(tmp_path).tests[0].message == "got \\ud83d"
    assert msgspec.json.decode((tmp_path / EVIDENCE).read_bytes())["schema"].startswith(
        "onceproof/"
    )
