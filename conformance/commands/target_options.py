"""The options of the target as click has them, made from the one table of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from onceproof.conformance.commands.filled import option as filled_option
from onceproof.conformance.commands.offers import OFFERS
from onceproof.conformance.runner.target_options import TARGET_OPTIONS, TargetOption
from onceproof.conformance.stacks.kinds import STACKS

#: What makes a function take an option.
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def target_options(command: str, **defaults: int) -> Decorator:
    """Return a decorator that adds the options of the target which this command has.

    `defaults` are those of numbers where the command has one of its own.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(TARGET_OPTIONS):
            if command in option.commands:
                settings = _settings(option, defaults.get(option.field, option.default))
                function = filled_option(option.click_name, option.field, **settings)(function)
        return function

    return decorate


def _settings(option: TargetOption, default: int | None) -> dict[str, Any]:
    settings: dict[str, Any] = {"help": option.help, "metavar": option.metavar}
    if offer := OFFERS.get(option.field):
        settings |= {"shell_complete": offer}
    if option.kind == "many":
        settings["multiple"] = True
    elif option.kind == "stack":
        settings["type"] = click.Choice(list(STACKS))
    elif option.kind == "path":
        settings["type"] = click.Path(path_type=Path)
    elif option.kind == "rate":
        settings["type"] = click.FloatRange(0, min_open=True)
    elif option.kind == "flag":
        settings = {"help": option.help, "is_flag": True}
    elif option.kind == "number":
        settings |= {"type": int, "default": default, "show_default": default is not None}
    return settings


def option_of(option: TargetOption) -> Decorator:
    """Return the decorator that adds this one option of the table."""
    return filled_option(option.click_name, option.field, **_settings(option, option.default))
