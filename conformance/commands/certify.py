"""`onceproof certify`: the whole suite against a target, with faults and load, and the reports."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from onceproof.conformance.commands.field_options import field_options, take_field
from onceproof.conformance.commands.filled import option
from onceproof.conformance.commands.shown_report import open_option, show_report
from onceproof.conformance.commands.signing_options import (
    Signing,
    load_signing_key,
    signing_options,
)
from onceproof.conformance.commands.target_options import option_of, target_options
from onceproof.conformance.runner.target_options import ONLY

if TYPE_CHECKING:
    from onceproof.conformance.field.plan import FieldPlan
    from onceproof.reports.progress import Progress
    from onceproof.reports.results import Results


class Certifying(Protocol):
    """A certification that is ready to run."""

    def certify(self) -> tuple["Results", dict[str, Path]]:
        """Run it and return the results and the report files by name."""


@click.command()
@target_options("certify")
@option_of(ONLY)
@option(
    "--profiles",
    metavar="NAME,...",
    help="Declare what the target offers: a declared profile that is absent fails, and optional "
    "parts of any other profile cannot fail the target.  [default: all that it offers]",
)
@option(
    "--lanes",
    type=click.IntRange(1, 16),
    help="Deployments to run the suite on side by side.  [default: 2 for the reference server on a "
    "stack of its own, else 1]",
)
@option("--strict", is_flag=True, help="Let recommendations (SHOULD) count: one not met fails.")
@option("--load-seconds", type=click.IntRange(0, 3600), help="Length of the load; 0: none.")
@option("--load-users", type=click.IntRange(1, 10_000), default=16, show_default=True)
@field_options
@signing_options
@open_option
def certify(
    only: tuple[str, ...],
    profiles: str | None,
    lanes: int | None,
    load_seconds: int | None,
    load_users: int,
    strict: bool,
    sign: Path | None,
    valid_days: int,
    open_report: bool,
    **target: Any,
) -> None:
    """Run the whole suite with faults and load against a target, and write the reports.

    Without --url, --image and --command the target is the reference server that comes along. With
    --assistant and --input it is judged by a graph of its own, in field mode, and with --app as
    well your application is.
    """
    signing = load_signing_key(sign, valid_days)
    suite = {"only": only, "profiles": profiles, "lanes": lanes}
    suite |= {"load_seconds": load_seconds, "load_users": load_users}
    field, app = take_field(target, suite)
    if field is not None:
        field = replace(field, strict=strict)
        sys.exit(_certify_field(field, target, signing, app, open_report=open_report))
    from onceproof.conformance.options import Options
    from onceproof.conformance.runner.certification import Certification, Plan
    from onceproof.conformance.runner.lanes import default_lanes
    from onceproof.conformance.runner.load import LoadPlan, choose_load_seconds
    from onceproof.conformance.secrets.find import repeat_command

    options = Options(**target)
    seconds = choose_load_seconds(options, only, load_seconds)
    again = repeat_command(sys.argv[1:])
    load = LoadPlan(seconds, load_users)
    declared = tuple(name.strip().lower() for name in profiles.split(",")) if profiles else ()
    plan = Plan(options, only, load, again, lanes or default_lanes(options, only), declared, strict)
    sys.exit(_conduct(lambda progress: Certification(plan, progress), signing, open_report))


def _certify_field(
    plan: "FieldPlan",
    target: Mapping[str, Any],
    signing: Signing,
    app: Path | None,
    *,
    open_report: bool,
) -> int:
    from onceproof.conformance.options import Options
    from onceproof.conformance.runner.app_certification import AppCertification
    from onceproof.conformance.runner.field_certification import FieldCertification
    from onceproof.conformance.secrets.find import repeat_command

    words = sys.argv[1:]
    if not any(word.split("=")[0] == "--seed" for word in words):
        words += ["--seed", str(plan.seed)]

    def make(progress: "Progress") -> AppCertification | FieldCertification:
        options, again = Options(**target), repeat_command(words)
        if app is None:
            return FieldCertification(options, plan, again, progress)
        return AppCertification(options, plan, again, progress, app=app)

    return _conduct(make, signing, open_report)


def _conduct(make: Callable[["Progress"], Certifying], signing: Signing, open_report: bool) -> int:
    """Certify before the eyes of who watches, sign, sum up; return the exit status."""
    from rich.console import Console

    from onceproof.conformance.stopping import heed_signals
    from onceproof.reports.progress import Progress
    from onceproof.reports.terminal import print_summary

    console = Console()
    with heed_signals():
        with Progress(console) as progress:
            results, files = make(progress).certify()
        files |= signing.sign(files)
        print_summary(results, files, console)
        if open_report:
            show_report(files["report.html"])
    return results.exit_status
