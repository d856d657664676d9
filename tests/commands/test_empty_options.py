"""An option that is given and empty is refused, whichever it is: it named something else."""

import argparse
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from onceproof.conformance.cli import cli, main
from onceproof.conformance.commands.filled import FilledArgument, FilledOption
from onceproof.conformance.errors import USAGE
from onceproof.conformance.runner.target_options import TARGET_OPTIONS


def walk(
    command: click.Command, names: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from walk(each, (*names, name))
    else:
        yield names, command


COMMANDS = dict(walk(cli, ()))
TAKING_TEXT = [
    (names, parameter)
    for names, command in COMMANDS.items()
    for parameter in command.params
    if not getattr(parameter, "is_flag", False)
]


def describe(case: object) -> str:
    return " ".join(case) if isinstance(case, tuple) else getattr(case, "name", "")


@pytest.mark.parametrize(("names", "parameter"), TAKING_TEXT, ids=describe)
@pytest.mark.parametrize("blank", ["", "  "], ids=["empty", "blank"])
def test_every_option_and_argument_refuses_an_empty_value(
    names: tuple[str, ...],
    parameter: click.Parameter,
    blank: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    is_option = isinstance(parameter, click.Option)
    with pytest.raises(SystemExit) as ended:
        main([*names, *([parameter.opts[0]] if is_option else []), blank])
    said = capsys.readouterr().err
    assert ended.value.code == USAGE
    assert "is given, but empty" in said
    assert said.count("\n") == 1
    assert isinstance(parameter, FilledOption | FilledArgument)


@pytest.mark.parametrize(
    "option", [each for each in TARGET_OPTIONS if each.kind not in ("stack", "flag")]
)
def test_pytest_refuses_an_empty_value_too(option: object) -> None:
    settings = option.pytest_settings()  # type: ignore[attr-defined]
    with pytest.raises((argparse.ArgumentTypeError, ValueError)):
        settings["type"]("")


def test_plain_pytest_names_the_empty_option() -> None:
    words = ["--pyargs", "onceproof.conformance.suite", "--onceproof-command", ""]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "--collect-only", "-q"],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--onceproof-command: it is given, but empty" in ended.stderr
