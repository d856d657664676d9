"""`onceproof compare`: what changed from one run to another, as a gate."""

import re
import sys
from pathlib import Path
from typing import Any

import click

from onceproof.conformance.commands.filled import argument, option


class Share(click.ParamType):
    """A percentage below 100, as a share of 1."""

    name = "percent"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """Convert `10%`; refuse anything else."""
        if isinstance(value, float):
            return value
        match = re.fullmatch(r"(\d{1,2}(?:\.\d+)?)%", str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no percentage below 100: write 10%", param, ctx)
        return float(match[1]) / 100


@click.command()
@argument("old", type=click.Path(path_type=Path))
@argument("new", type=click.Path(path_type=Path))
@option(
    "--max-regression",
    type=Share(),
    default="10%",
    show_default=True,
    help="By how much a figure of the load may get worse.",
)
def compare(old: Path, new: Path, max_regression: float) -> None:
    """Compare two runs: verdicts that changed, with the evidence of both, and figures of the load
    with noise-aware bounds.

    OLD and NEW are a run's folder, its results.json, or a folder with the folders of several
    repeats. Exit status 0: nothing got worse; 10: a verdict or, beyond --max-regression and beyond
    noise, a figure did; 11: what OLD has shown is not shown by NEW; 64: wrong usage.
    """
    from onceproof.reports.comparison.conclusion import compare_sides, describe_comparison
    from onceproof.reports.comparison.sides import load_side
    from onceproof.reports.text import visible

    comparison = compare_sides(load_side(old), load_side(new), max_regression)
    for line in describe_comparison(comparison):
        click.echo(visible(line))
    sys.exit(comparison.exit_status)
