"""Fixtures of the targets; whether there is an engine is asked as for the stacks."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from onceproof.conformance.stacks import open_stack
from onceproof.conformance.stacks.network import ContainerNetwork
from onceproof.conformance.stacks.sweeper import LABEL
from onceproof.conformance.targets import CommandTarget
from onceproof.conformance.targets.kinds.image import ImageTarget
from tests.stacks.engines import list_by_label
from tests.targets.images import PYTHON_IMAGE, SERVE, Make

STANDIN = Path(__file__).parent / "stand_in_server.py"


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., CommandTarget]]:
    """Build a target from the stand-in server's options; stopped at the end of the test."""
    made: list[CommandTarget] = []

    def build(options: str = "--port {port}", **more: Any) -> CommandTarget:
        stack = more.pop("stack", None) or open_stack("none", tmp_path, {})
        command = f"{{python}} {STANDIN} {options}"
        made.append(CommandTarget(command, stack, tmp_path, **more))
        return made[-1]

    yield build
    for target in made:
        target.stop()


@pytest.fixture(scope="module")
def network() -> Iterator[ContainerNetwork]:
    made = ContainerNetwork()
    made.start()
    yield made
    made.stop()
    assert list_by_label(f"{LABEL}={made.labels[LABEL]}") == []


@pytest.fixture
def probes(tmp_path: Path) -> Path:
    """A folder of probes with the stand-in server in it; its langgraph.json."""
    folder = tmp_path / "probes"
    folder.mkdir(mode=0o700)
    shutil.copy(STANDIN, folder)
    (folder / STANDIN.name).chmod(0o600)
    (folder / "langgraph.json").write_text("{}")
    return folder / "langgraph.json"


@pytest.fixture
def make_image(network: ContainerNetwork, probes: Path, tmp_path: Path) -> Iterator[Make]:
    made: list[ImageTarget] = []

    def build(command: str = SERVE, **more: Any) -> ImageTarget:
        env = {"LANGGRAPH_CONFIG_PATH": str(probes), **more.pop("env", {})}
        stack, image = open_stack("none", tmp_path, {}), more.pop("image", PYTHON_IMAGE)
        more = {"stop_s": 3.0, **more}
        made.append(ImageTarget(image, stack, network, tmp_path, command=command, env=env, **more))
        return made[-1]

    yield build
    for target in made:
        target.stop()
