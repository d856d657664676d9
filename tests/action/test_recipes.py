"""The recipes of docs/ci.md parse, and name inputs, commands, options and statuses that exist."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import click
import yaml

from onceproof.conformance.cli import cli
from onceproof.conformance.errors import PARTIAL
from tests.action.job import ACTION, ROOT
from tests.tutorial.blocks import read_steps

STEPS = read_steps("ci.md")


def read_yaml(beginning: str) -> Any:
    """The one YAML block that begins so."""
    [text] = [
        step.text
        for step in STEPS
        if step.language == "yaml" and step.text.strip().startswith(beginning)
    ]
    return yaml.safe_load(text)


def list_calls(text: str) -> Iterator[list[str]]:
    for call in re.findall(r"onceproof(?::[\d.]+)? (?:certify|report|compare)\b[^\n']*", text):
        yield shlex.split(call)[1:]


def test_the_example_of_the_action_uses_what_it_declares() -> None:
    steps = read_yaml("jobs:")["jobs"]["certify"]["steps"]
    [use] = [step for step in steps if "/onceproof@" in step.get("uses", "")]
    assert set(use["with"]) <= set(ACTION["inputs"])


def test_every_input_is_described_with_its_default() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    for name, entry in ACTION["inputs"].items():
        [row] = re.findall(rf"^\| `{name}` \|.*$", page, flags=re.M)
        assert not entry["default"] or f"`{entry['default']}` |" in row


def test_gitlab_forgives_partial_alone_and_keeps_the_reports_of_every_run() -> None:
    job = read_yaml("certify:")["certify"]
    assert job["allow_failure"] == {"exit_codes": [PARTIAL]}
    assert job["artifacts"]["when"] == "always"
    [certify] = job["script"]
    assert f"--run-dir {job['artifacts']['paths'][0]}" in certify


def test_the_commands_of_all_recipes_exist() -> None:
    assert isinstance(cli, click.Group)
    text = "\n".join(step.text for step in STEPS)
    calls = list(list_calls(text))
    assert len(calls) >= 5
    for name, *words in calls:
        known = {option for each in cli.commands[name].params for option in each.opts}
        assert {word for word in words if word.startswith("-")} <= known, name
