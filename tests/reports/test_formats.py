"""Every format fits its public schema, says no more than the document, and is rendered any time."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from onceproof.conformance.cli import main
from onceproof.conformance.errors import HARNESS, USAGE
from onceproof.conformance.secrets import SECRETS
from onceproof.reports import ctrf, sarif
from onceproof.reports.document import dump, load
from onceproof.reports.formats import ALWAYS, FORMATS, render_report
from onceproof.reports.results import Results
from tests.reports import examples

HERE = Path(__file__).parent
RECORDED = sorted((HERE / "recorded").glob("*.json"))
DOCUMENTS = {
    "green": examples.green,
    "mixed": lambda: examples.mixed(error=True),
    "hostile": examples.hostile,
    "huge": examples.huge,
    "chaos": examples.quiet_chaos,
}


def read_schema(name: str) -> Any:
    return json.loads((HERE / "schemas" / name).read_text(encoding="utf-8"))


@pytest.fixture(params=DOCUMENTS.values(), ids=DOCUMENTS)
def results(request: pytest.FixtureRequest) -> Results:
    document: Results = request.param()
    return document


# -- public schemas --------------------------------------------------------------------------


def test_ctrf_fits_its_schema(results: Results) -> None:
    schema = read_schema("ctrf-0.0.json")
    document = json.loads(ctrf.render(results))
    jsonschema.Draft7Validator(schema).validate(document)
    summary, tests = document["results"]["summary"], document["results"]["tests"]
    assert summary["tests"] == len(tests) == len(results.requirements)
    counted = Counter(test["status"] for test in tests)
    assert {status: summary[status] for status in ctrf.STATUSES if summary[status]} == counted


def test_sarif_fits_its_schema(results: Results) -> None:
    schema = read_schema("sarif-2.1.0-rtm.5.json")
    document = json.loads(sarif.render(results))
    jsonschema.Draft4Validator(schema).validate(document)
    [run] = document["runs"]
    assert len(run["tool"]["driver"]["rules"]) == len(results.requirements)
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_the_schemas_refuse_what_is_wrong() -> None:
    document = json.loads(ctrf.render(examples.mixed()))
    document["results"]["tests"][0]["status"] = "green"
    with pytest.raises(jsonschema.ValidationError, match="green"):
        jsonschema.Draft7Validator(read_schema("ctrf-0.0.json")).validate(document)
    document = json.loads(sarif.render(examples.mixed()))
    document["runs"][0]["results"][0]["level"] = "red"
    with pytest.raises(jsonschema.ValidationError, match="red"):
        jsonschema.Draft4Validator(read_schema("sarif-2.1.0-rtm.5.json")).validate(document)


# -- what they say ---------------------------------------------------------------------------


def test_each_verdict_has_its_status_in_ctrf() -> None:
    tests = json.loads(ctrf.render(examples.mixed(error=True)))["results"]["tests"]
    assert {test["rawStatus"]: test["status"] for test in tests} == {
        "PASS": "passed",
        "WARN": "passed",
        "FAIL": "failed",
        "ERROR": "failed",
        "INCONCLUSIVE": "other",
        "UNTESTED": "pending",
        "NOT_JUDGED": "skipped",
        "NOT_APPLICABLE": "skipped",
        "DISABLED": "skipped",
    }
    failed = next(test for test in tests if test["testId"] == "CAN-06")
    assert failed["message"].startswith("status=200, but should be one of 404, 409")
    assert "[59] expected 59, got 60" in failed["trace"]
    assert failed["labels"]["requirement"] == "CAN-06"


def test_only_failures_are_alerts_and_an_alert_stays_the_same() -> None:
    def alerts(results: Results) -> dict[str, str]:
        [run] = json.loads(sarif.render(results))["runs"]
        return {
            each["ruleId"]: each["partialFingerprints"]["requirement/v1"] for each in run["results"]
        }

    found = alerts(examples.mixed(error=True))
    assert list(found) == ["CAN-06", "QUE-08", "QUE-16"]
    assert alerts(examples.mixed()) == found
    [run] = json.loads(sarif.render(examples.mixed(error=True)))["runs"]
    [notice] = run["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"] == "SHD-01: the proxy did not start"
    assert run["invocations"][0]["executionSuccessful"] is False
    assert [each["level"] for each in run["results"]] == ["error", "error", "warning"]


def test_a_badge_names_version_target_share_and_day(results: Results) -> None:
    badge = ElementTree.fromstring(render_report(results, "badge"))
    title = badge.findtext("{http://www.w3.org/2000/svg}title") or ""
    assert title.startswith("onceproof 0.1.0: ")
    assert title.endswith(results.run.finished[:10])
    assert f"/{len(results.requirements)} " in title
    assert "script" not in {element.tag for element in badge.iter()}


def test_no_format_repeats_a_secret() -> None:
    SECRETS.add("status=200, but should be one of 404, 409")
    try:
        for name in FORMATS:
            assert b"status=200, but" not in render_report(examples.mixed(), name)
    finally:
        SECRETS.clear()


# -- any time after --------------------------------------------------------------------------


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_earlier_versions_wrote_is_read_and_rendered(path: Path) -> None:
    """Recorded, and never written again: a change that cannot read them breaks somebody's files."""
    recorded = load(path)
    assert dump(recorded) == path.read_bytes()
    for name in FORMATS:
        assert render_report(recorded, name)


def test_the_recorded_documents_show_each_form() -> None:
    assert [path.stem for path in RECORDED] == [
        "certification-without-judgement",
        "certification",
        "chaos",
    ]
    assert [b'"judgement"' in path.read_bytes() for path in RECORDED] == [False, True, True]


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int | str | None, str, str]:
    try:
        main(["report", *words])
        status: int | str | None = 0
    except SystemExit as ended:
        status = ended.code
    output = capsys.readouterr()
    return status or 0, output.out, output.err


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_is_printed_or_written(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status, printed, _ = call(capfd, str(RECORDED[0]), "--format", name)
    assert status == 0
    out = tmp_path / FORMATS[name].file
    assert call(capfd, str(RECORDED[0]), "--format", name, "-o", str(out))[0] == 0
    assert out.read_bytes() == printed.encode() == render_report(load(RECORDED[0]), name)


def test_a_folder_of_a_run_is_named_by_itself(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "results.json").write_bytes(RECORDED[0].read_bytes())
    status, printed, _ = call(capfd, str(tmp_path), "--format", "markdown")
    assert (status, printed.startswith("# onceproof: inconclusive")) == (0, True)


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["--format", "pdf"], USAGE, "'pdf' is not one of 'json', 'junit', 'html', 'markdown',"),
        (
            ["--format", "json", "-o", "nowhere/x"],
            USAGE,
            "-o 'nowhere/x' cannot be written (No such",
        ),
        ([], USAGE, "Missing option '--format'"),
    ],
)
def test_a_report_that_cannot_be_had_is_refused(
    words: list[str], status: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, printed, said = call(capsys, str(RECORDED[0]), *words)
    assert (ended, printed) == (status, "")
    assert sentence in said


def test_a_folder_or_file_without_results_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, _, said = call(capsys, str(tmp_path), "--format", "json")
    assert (ended, "holds no results.json" in said) == (USAGE, True)
    (tmp_path / "results.json").write_bytes(b"{}")
    ended, _, said = call(capsys, str(tmp_path), "--format", "json")
    assert (ended, "is not a usable onceproof/results/1 document" in said) == (HARNESS, True)


def test_what_could_not_be_printed_whole_is_no_success() -> None:
    """A full disk behind `>`, and a reader that ends early: neither has the document."""
    words = [sys.executable, "-m", "onceproof.conformance", "report", str(RECORDED[0]), "--format"]
    with open("/dev/full", "wb") as full:
        ended = subprocess.run([*words, "html"], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert ended.returncode == HARNESS
    assert b"was not printed whole (No space left on device): name a file by -o" in ended.stderr
    closed = ["sh", "-c", '"$@" >&-', "sh", *words, "html"]
    ended = subprocess.run(closed, stderr=subprocess.PIPE, timeout=60)
    assert (ended.returncode, b"no standard output" in ended.stderr) == (HARNESS, True)
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run([*words, "html"], stdout=writer, stderr=subprocess.PIPE, timeout=60)
    os.close(writer)
    assert (ended.returncode, b"(Broken pipe)" in ended.stderr) == (HARNESS, True)


def test_a_report_takes_no_pipe_for_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    status, _, said = call(capsys, str(RECORDED[0]), "--format", "json", "-o", f"{tmp_path}/pipe")
    assert (status, "cannot be written (it is no regular file)" in said) == (USAGE, True)
    assert (tmp_path / "pipe").is_fifo()


def test_the_command_offers_every_format() -> None:
    from onceproof.conformance.commands.report import FORMATS as offered

    assert tuple(FORMATS) == offered
    assert set(ALWAYS) < set(FORMATS)
