"""`onceproof`: the command line. Every refusal is one sentence; statuses are in `errors`."""

import io
import sys

import click

from onceproof.conformance.commands.bench import bench
from onceproof.conformance.commands.bundle import bundle
from onceproof.conformance.commands.certify import certify
from onceproof.conformance.commands.chaos import chaos
from onceproof.conformance.commands.clean import clean
from onceproof.conformance.commands.compare import compare
from onceproof.conformance.commands.doctor import doctor
from onceproof.conformance.commands.keygen import keygen
from onceproof.conformance.commands.load import load
from onceproof.conformance.commands.matrix import matrix
from onceproof.conformance.commands.patient import bear_lost_output
from onceproof.conformance.commands.probes import probes
from onceproof.conformance.commands.recheck import recheck
from onceproof.conformance.commands.report import report
from onceproof.conformance.commands.requirements import requirements
from onceproof.conformance.commands.selftest import selftest
from onceproof.conformance.commands.serve import serve
from onceproof.conformance.commands.sign import sign
from onceproof.conformance.commands.verify import verify
from onceproof.conformance.errors import HARNESS, INTERRUPTED, USAGE, OnceproofError
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.secrets.find import register_words
from onceproof.conformance.secrets.terminal import hide_on_terminal
from onceproof.conformance.stopping import STOPPED, end_by_any_signal
from onceproof.conformance.unforeseen import describe_failure

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=CONTEXT)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, _, wanted: _print_version(context) if wanted else None,
    help="Show the version and the register of requirements, and exit.",
)
def cli() -> None:
    """Certify a LangGraph-compatible Agent Server: exactly-once runs and whole streams, under load
    and while things break.

    Exit status of certify: 0 certified, 10 failed, 11 inconclusive, 12 partial, 64 wrong usage,
    69 target or stack unavailable, 70 the harness failed, 130 interrupted.
    """


def _print_version(context: click.Context) -> None:
    from importlib.metadata import version

    from onceproof.conformance.register import digest, load_register

    number = len(load_register())
    click.echo(f"onceproof {version('onceproof')}, {number} requirements, register {digest()}")
    context.exit()


for command in (
    certify,
    doctor,
    clean,
    bench,
    load,
    chaos,
    serve,
    recheck,
    requirements,
    probes,
    selftest,
):
    cli.add_command(command)
for command in (report, matrix, compare, keygen, sign, verify, bundle):
    cli.add_command(command)

#: Commands to which --key names something else than a secret.
NAMING_KEYS = {"matrix", "recheck", "sign", "verify"}


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; turn what goes wrong into one sentence and its exit status."""
    _write_whatever_comes()
    words = sys.argv[1:] if arguments is None else arguments
    if not NAMING_KEYS.intersection(words[:1]):
        register_words(SECRETS, words)
    with end_by_any_signal(), bear_lost_output(), hide_on_terminal(SECRETS):
        _run(arguments)


def _run(arguments: list[str] | None) -> None:
    try:
        cli.main(arguments, prog_name="onceproof", standalone_mode=False)
    except click.ClickException as error:
        _tell(error.format_message())
        sys.exit(USAGE)
    except (click.Abort, KeyboardInterrupt):
        _tell(STOPPED)
        sys.exit(INTERRUPTED)
    except OnceproofError as error:
        _tell(str(error))
        sys.exit(error.exit_status)
    except Exception as error:  # nobody foresaw it: a defect of ours, but no bare traceback
        _tell(describe_failure(error))
        sys.exit(HARNESS)


def _write_whatever_comes() -> None:
    """Replace what a terminal's encoding lacks: a verdict must not be lost to an ellipsis."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _tell(sentence: str) -> None:
    click.echo(f"onceproof: {sentence}", err=True)
