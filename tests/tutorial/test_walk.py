"""A document that is not true is noticed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tutorial.blocks import parse
from tests.tutorial.walk import Walk


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    made = Walk(tmp_path)
    yield made
    made.close()


def go(walk: Walk, *blocks: str) -> None:
    for block in blocks:
        mark, _, text = block.partition("|")
        fenced = f"```sh\n{text}\n```" if text else ""
        for step in parse(f"<!-- {mark} -->\n{fenced}\n"):
            walk.take(step)


def test_files_commands_and_outputs_belong_together(walk: Walk) -> None:
    go(walk, "file a.txt|port 8123", "run|cat a.txt; exit 0", "run exit 3|echo one; exit 3")
    assert (walk.folder / "a.txt").read_text() == f"port {walk.ports['8123']}\n"
    go(walk, "output|one")


@pytest.mark.parametrize(
    "blocks",
    [
        ("run|exit 3",),
        ("run exit 10|true",),
        ("run|false; echo gone on",),
        ("run|echo one", "output|two"),
        ('start "up"|false',),
    ],
)
def test_what_is_not_so_fails(walk: Walk, blocks: tuple[str, ...]) -> None:
    with pytest.raises(AssertionError):
        go(walk, *blocks)


def test_what_is_started_is_up_and_ends(walk: Walk) -> None:
    go(walk, 'start "up"|sh -c "echo up; exec sleep 60"')
    [process] = walk.started
    assert process.poll() is None
    go(walk, "stop")
    assert process.poll() is not None


def test_a_step_that_needs_what_is_not_there_is_left_out_and_listed(walk: Walk) -> None:
    go(walk, "run; needs sh no-such-program|exit 3", "not run: why not|exit 3")
    assert walk.left_out == ["line 2, run: needs no-such-program", "line 2, not run why not"]
