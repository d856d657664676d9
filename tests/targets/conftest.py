from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.stacks import open_stack
from conformance.targets import CommandTarget

STANDIN = Path(__file__).parent / "standin.py"


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
