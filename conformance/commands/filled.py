"""Options and arguments that have a value, if they are given.

`--command "$CMD"` with a variable that is not set would otherwise certify the reference server, and
`--only ""` the whole suite: another target, or another task, than was meant.
"""

from functools import partial
from typing import Any

import click


class FilledOption(click.Option):
    """An option that is refused if it is given and empty."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Convert what was given; click.BadParameter for an empty text."""
        _refuse_empty(value, self, ctx)
        return super().type_cast_value(ctx, value)


class FilledArgument(click.Argument):
    """An argument that is refused if it is given and empty."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Convert what was given; click.BadParameter for an empty text."""
        _refuse_empty(value, self, ctx)
        return super().type_cast_value(ctx, value)


def _refuse_empty(value: Any, parameter: click.Parameter, ctx: click.Context) -> None:
    for each in value if isinstance(value, tuple | list) else (value,):
        if isinstance(each, str) and not each.strip():
            raise click.BadParameter(
                "it is given, but empty: write a value or leave it out", ctx, parameter
            )


option = partial(click.option, cls=FilledOption)
argument = partial(click.argument, cls=FilledArgument)
