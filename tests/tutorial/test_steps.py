"""The documents' commands, executed in their order in a folder of their own: `tox -e tutorial`.

Their ports are replaced by free ones. A step that needs a program which this machine lacks is left
out, and the test ends as skipped with the list of those, when all others went well.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tutorial.blocks import read_steps
from tests.tutorial.walk import Walk


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    made = Walk(tmp_path)
    yield made
    made.close()


def finish(walk: Walk) -> None:
    """Say which steps were left out."""
    if walk.left_out:
        pytest.skip("all others hold; left out: " + "; ".join(walk.left_out))


def test_the_tutorial_is_true(walk: Walk) -> None:
    for step in read_steps("tutorial.md"):
        walk.take(step)
    finish(walk)


def test_field_modes_document_is_true_on_the_tutorials_server(walk: Walk) -> None:
    for step in read_steps("tutorial.md"):
        if step.does == "file" or (step.does == "start" and "onceproof serve" in step.text):
            walk.take(step)
    for step in read_steps("field-mode.md"):
        walk.take(step)
    finish(walk)
