"""The action in a clean container, from its first step to its last: `tox -e action`.

The container has a Python and nothing else; the checkout is mounted where a runner would put it,
and what `setup-python` does is done by a link. It needs an engine whose containers reach an index.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from onceproof.reports.comparison.sides import load_side
from tests.action.job import ACTION, ROOT, Job, Step
from tests.house import PRODUCT
from tests.stacks.engines import needs_engine
from tests.targets.images import PYTHON_IMAGE

STEP_S = 540
CHECKOUT = "/action"
#: Answers for its defect within seconds, and is started by the harness in the container.
MUTANT = (
    "{python} -m onceproof.conformance.selftest.server ignore_cancels --role {role} --port {port}"
)
INSTALL = "install"
SMALL = "--api-replicas=1 --worker-replicas=1 --lanes=1 --load-seconds=0"
SETUP = (
    "command -v python || ln -s $(command -v python3) /usr/local/bin/python; "
    "useradd --create-home runner; chown -R runner ."
)

pytestmark = needs_engine


def find_builder() -> dict[str, str]:
    """Of Debian's engine the newer builder is a package of its own, that may be missing."""
    newer = subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False)
    return {} if newer.returncode == 0 else {"DOCKER_BUILDKIT": "0"}


def call(*words: str, check: bool = True) -> str:
    done = subprocess.run(
        ["docker", *words],
        env={**os.environ, **find_builder()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=STEP_S,
        check=False,
    )
    assert done.returncode == 0 or not check, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A container in which the harness has been installed by the action, and its shared folder."""
    name, folder = f"onceproof-{uuid4().hex[:8]}", tmp_path_factory.mktemp("job")
    mounts = ["--volume", f"{ROOT}:{CHECKOUT}:ro", "--volume", f"{folder}:{folder}"]
    call("run", "--detach", "--init", "--name", name, *mounts, PYTHON_IMAGE, "sleep", "3600")
    try:
        call("exec", "--workdir", str(folder), name, "bash", "-c", SETUP)
        yield name, folder
    finally:
        call("rm", "--force", "--volumes", name)


def make_job(container: tuple[str, Path], use: str, **inputs: str) -> Job:
    """A use of the action whose steps are executed in the container, as an ordinary user."""
    name, folder = container[0], container[1] / use

    def execute(command: list[str], environ: Mapping[str, str]) -> tuple[int, str]:
        settings = [word for pair in environ.items() for word in ("--env", "=".join(pair))]
        where = ["--workdir", str(folder), "--user", "runner", *settings]
        done = subprocess.run(
            ["docker", "exec", *where, name, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_S,
            check=False,
        )
        return done.returncode, done.stdout

    given = {key.replace("_", "-"): text for key, text in inputs.items()}
    job = Job(folder, given, execute, Path("/tmp/action"))
    if use != INSTALL:
        (folder / "temp" / "onceproof").symlink_to(container[1] / INSTALL / "temp" / "onceproof")
    call("exec", name, "chown", "-R", "runner", str(folder))
    return job


def find_step(name: str) -> Step:
    step: Step = next(each for each in ACTION["runs"]["steps"] if each.get("name") == name)
    return step


@pytest.fixture(scope="module")
def installed(container: tuple[str, Path]) -> tuple[str, Path]:
    """The first step, once for all: pip writes beside the sources, so they are copied.

    Nothing but what a runner checks out, and as its user.
    """
    sources = " ".join([*PRODUCT, "onceproof", "pyproject.toml", "README.md", "LICENSE"])
    copy = f"mkdir /tmp/action && cp -r {sources} /tmp/action && chown -R runner /tmp/action"
    call("exec", "--workdir", CHECKOUT, container[0], "bash", "-c", copy)
    job = make_job(container, INSTALL)
    job.take(find_step("Install onceproof"))
    assert job.is_green, job.log
    return container


def test_it_is_green_on_the_reference(installed: tuple[str, Path]) -> None:
    options = f"--only SYS-0 {SMALL}"
    job = make_job(installed, "green", options=options, fail_on="inconclusive")
    job.run(without=("Install onceproof",))
    assert job.is_green, job.log
    assert [each.level for each in job.annotations] == ["warning"]
    assert job.annotations[0].title == "onceproof: partial (exit status 12)"
    assert job.summary.startswith("# onceproof: partial – reference")
    run = installed[1] / "green" / "onceproof-run"
    assert (run / "badge.svg").exists()
    assert load_side(run).repeats[0].harness.version
    print(job.annotations)


def test_it_is_red_on_a_mutant(installed: tuple[str, Path]) -> None:
    options = f"--only CAN-01 {SMALL} --command '{MUTANT}'"
    job = make_job(installed, "red", options=options, fail_on="failed")
    job.run(without=("Install onceproof",))
    assert not job.is_green
    assert any(each.title.startswith("FAIL CAN-01 ") for each in job.annotations), job.log
    assert job.outputs["report"]["outcome"] == "failed"
    print(job.annotations)


def test_a_baseline_that_was_better_makes_it_red(installed: tuple[str, Path]) -> None:
    """What failed here had passed there, whatever may fail."""
    options = f"--only CAN-01 {SMALL} --command '{MUTANT}'"
    base = make_job(installed, "base", options=f"--only CAN-01 {SMALL}", fail_on="never")
    assert base.run(without=("Install onceproof",)).is_green, base.log
    job = make_job(
        installed, "new", options=options, baseline="../base/onceproof-run", fail_on="failed"
    )
    job.run(without=("Install onceproof",))
    assert not job.is_green
    assert job.outputs["compare"]["status"] == "10"
    assert "worse  CAN-01" in job.summary


def test_the_image_of_the_harness_certifies(tmp_path: Path) -> None:
    tag = f"onceproof-{uuid4().hex[:8]}"
    base = ["--build-arg", f"BASE={PYTHON_IMAGE}"]
    call(
        "build", "--quiet", "-f", str(ROOT / "conformance/Dockerfile"), *base, "-t", tag, str(ROOT)
    )
    try:
        mount = ["--volume", f"{tmp_path}:/work", "--user", str(os.getuid())]
        words = ["certify", "--only", "SYS-01", *SMALL.split(), "--run-dir", "run"]
        said = call("run", "--rm", *mount, tag, *words, check=False)
        assert "partial (exit status 12)" in said
        assert (tmp_path / "run" / "report.html").exists(), said
    finally:
        call("rmi", "--force", tag, check=False)
