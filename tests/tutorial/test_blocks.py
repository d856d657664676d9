"""Blocks of the documents that a test executes are marked, and the options of all exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from onceproof.conformance.cli import cli
from tests.tutorial.blocks import DOCS, find_difference, parse, read_steps

EXECUTED = ("tutorial.md", "field-mode.md")
ROOT = DOCS.parent
TEXTS = sorted([ROOT / "README.md", *DOCS.glob("*.md")])


def list_calls(path: Path) -> Iterator[list[str]]:
    """The `onceproof` commands in the shell blocks of a document, as words."""
    for step in parse(path.read_text(encoding="utf-8")):
        if step.language == "sh":
            for line in step.text.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if "onceproof" in words:
                    yield words[words.index("onceproof") + 1 :]


@pytest.mark.parametrize("document", EXECUTED)
def test_every_block_says_what_is_to_be_done_with_it(document: str) -> None:
    unmarked = [step for step in read_steps(document) if step.language and not step.does]
    shell = [step for step in unmarked if step.language in ("sh", "python", "json")]
    assert [str(step) for step in shell] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_option_of_every_command_exists(path: Path) -> None:
    for name, *words in filter(None, list_calls(path)):
        command = cli.commands.get(name) if isinstance(cli, click.Group) else None
        assert command is not None, f"{path.name}: there is no command {name!r}"
        if isinstance(command, click.Group) and words:
            command = command.commands[words[0]]
        known = {option for each in command.params for option in each.opts}
        given = {word.partition("=")[0] for word in words if re.fullmatch(r"--[a-z-]+(=.*)?", word)}
        assert given - known - {"--help"} == set(), f"{path.name}: {name}"


def test_a_block_is_found_with_its_mark_and_what_it_needs() -> None:
    text = '<!-- start "up"; needs a b -->\n```sh\nserve\n```\n<!-- stop -->\n```text\nx\n```\n'
    start, stop, output = parse(text)
    assert (start.does, start.what, start.needs, start.text) == (
        "start",
        '"up"',
        ("a", "b"),
        "serve\n",
    )
    assert (stop.does, stop.text) == ("stop", "")
    assert (output.does, output.language) == ("", "text")


@pytest.mark.parametrize(
    ("expected", "difference"),
    [
        ("one 1", None),
        ("one 7\ntwo", None),
        ("...\nthree", None),
        ("one 1\nthree", "three"),
        ("three", "three"),
        ("...\nthree\ntwo", "two"),
        ("one\n", "one"),
    ],
)
def test_an_output_fits_but_for_its_figures(expected: str, difference: str | None) -> None:
    assert find_difference(expected, "one   12\ntwo\nthree") == difference
