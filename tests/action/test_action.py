"""The action as it is shipped: its steps are read from action.yml and executed.

Whole, installed in a clean container, in `in_container` (`tox -e action`); here by the harness
that is installed already.
"""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.action.job import ACTION, Annotation, Job, list_annotations

SMALL = "--api-replicas=1 --worker-replicas=1 --lanes=1 --load-seconds=0"
MUTANT = (
    "{python} -m onceproof.conformance.selftest.server ignore_cancels --role {role} --port {port}"
)
STEPS = {step.get("name", step.get("uses")): step for step in ACTION["runs"]["steps"]}


def use(folder: Path, **inputs: str) -> Job:
    """Use the action with the harness that runs this test."""
    job = Job(folder, {name.replace("_", "-"): text for name, text in inputs.items()})
    (folder / "temp" / "onceproof").symlink_to(sys.prefix)
    return job.run(without=("Install onceproof",))


def test_it_is_green_on_the_reference_and_leaves_summary_badge_and_artefact(tmp_path: Path) -> None:
    options, run_dir = f"--only SYS-01 {SMALL}", str(tmp_path / "run")
    job = use(tmp_path, options=options, run_dir=run_dir, fail_on="inconclusive")
    assert job.is_green, job.log
    assert job.outputs["certify"] == {"status": "12"}
    badge = f"{run_dir}/badge.svg"
    assert job.outputs["report"] == {"outcome": "partial", "badge": badge}
    assert Path(badge).read_text(encoding="utf-8").startswith("<svg")
    assert job.summary.startswith("# onceproof: partial – reference")
    assert [(each.level, each.title) for each in job.annotations] == [
        ("warning", "onceproof: partial (exit status 12)")
    ]
    assert job.used["actions/upload-artifact@v4"]["path"] == run_dir


def test_it_is_red_on_a_mutant_with_an_annotation_of_what_failed(tmp_path: Path) -> None:
    options = f"--only CAN-01 {SMALL} --command '{MUTANT}'"
    job = use(tmp_path, options=options, run_dir=str(tmp_path / "run"), fail_on="failed")
    assert not job.is_green
    assert job.outputs["report"]["outcome"] == "failed", job.log
    assert ("error", "onceproof: failed (exit status 10)") in {
        (each.level, each.title) for each in job.annotations
    }
    assert any(each.title.startswith("FAIL CAN-01 ") for each in job.annotations)
    assert "### CAN-01" in job.summary


@pytest.mark.parametrize(
    ("inputs", "status", "sentence"),
    [
        ({"fail_on": "red"}, "64", "fail-on 'red' is unknown: write partial, inconclusive,"),
        ({"options": "--only 'SYS-01"}, "64", "options cannot be read: look for a quote that"),
        ({"options": "--urll x"}, "64", "No such option"),
        ({"options": "--only '$(touch no)' --only `touch` --only ;touch"}, "64", "$(TOUCH NO)"),
    ],
)
def test_what_cannot_run_is_red_and_says_why(
    inputs: dict[str, str], status: str, sentence: str, tmp_path: Path
) -> None:
    job = use(tmp_path, **{"fail_on": "never", **inputs})
    assert (job.is_green, job.outputs["certify"]["status"]) == (False, status), job.log
    [annotation] = job.annotations
    assert annotation.title == f"onceproof (exit status {status})"
    assert sentence in annotation.message
    assert sentence in job.summary
    assert not (tmp_path / "no").exists()


def test_results_of_an_earlier_run_are_not_taken_for_this_one(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "results.json").write_text("{}", encoding="utf-8")
    job = use(tmp_path, run_dir=str(tmp_path / "run"), fail_on="never")
    assert not job.is_green
    [annotation] = job.annotations
    assert "holds an earlier run" in annotation.message
    assert "outcome" not in job.outputs["report"]


@pytest.mark.parametrize(
    ("fail_on", "passing"),
    [
        ("partial", ("0",)),
        ("inconclusive", ("0", "12")),
        ("failed", ("0", "11", "12")),
        ("never", ("0", "10", "11", "12")),
    ],
)
def test_what_is_no_outcome_is_never_green(
    fail_on: str, passing: tuple[str, ...], tmp_path: Path
) -> None:
    for status in ("", "0", "1", "2", "10", "11", "12", "64", "69", "70", "130", "137"):
        job = Job(tmp_path, {"fail-on": fail_on})
        job.outputs = {"certify": {"status": status}}
        job.take(STEPS["Judge"])
        assert job.is_green == (status in passing), status


def test_a_baseline_that_was_better_fails_the_job(tmp_path: Path) -> None:
    for compared, green in (("0", True), ("10", False), ("11", False), ("64", False)):
        job = Job(tmp_path, {})
        job.outputs = {"certify": {"status": "0"}, "compare": {"status": compared}}
        job.take(STEPS["Judge"])
        assert job.is_green == green


def test_what_a_target_writes_into_the_log_is_no_command() -> None:
    log = "::stop-commands::7f\n  ::error title=a::forged\n::7e::\n::7f::\n::error title=b::true\n"
    assert list_annotations(log) == [Annotation("error", "b", "true")]


def test_no_input_is_pasted_into_a_script() -> None:
    """An expression in a script is code to whoever wrote the value; in a variable it is a value."""
    scripts = [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert [script for script in scripts if "${{" in script] == []


def test_scripts_are_bash_that_can_be_read(tmp_path: Path) -> None:
    for step in ACTION["runs"]["steps"]:
        if "run" in step:
            script = tmp_path / "script"
            script.write_text(step["run"], encoding="utf-8")
            subprocess.run(["bash", "-n", str(script)], check=True)


def test_every_output_comes_from_a_step_that_exists() -> None:
    ids = {step["id"] for step in ACTION["runs"]["steps"] if "id" in step}
    for output in ACTION["outputs"].values():
        assert output["value"].split(".")[1] in ids
    assert yaml.safe_dump(ACTION)
