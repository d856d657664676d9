"""`onceproof matrix`: the runs of several targets side by side, as one page."""

from pathlib import Path

import click

from onceproof.conformance.commands.filled import argument, option


@click.command()
@argument("runs", metavar="RUN_DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@option(
    "-o",
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default="matrix.html",
    show_default=True,
)
@option(
    "--key",
    "keys",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A public key that you trust: certificates are verified with their evidence.",
)
def matrix(runs: tuple[Path, ...], out: Path, keys: tuple[Path, ...]) -> None:
    """Make one page of several runs: rows are requirements, columns the targets.

    Each RUN_DIR is the folder of a certification, or its results.json. Reports that lie beside or
    below FILE are linked. Exit status 0: FILE is written and read again; 10: a certificate does not
    hold by --key; 64: no results there, a chaos, too many runs, or FILE cannot be written; 70: the
    results are damaged.
    """
    from onceproof.conformance.certificate.keys import load_public_key
    from onceproof.conformance.certificate.matrix import load_columns
    from onceproof.conformance.errors import UsageError
    from onceproof.conformance.secrets import SECRETS
    from onceproof.reports.formats import write_report
    from onceproof.reports.page.matrix import render_matrix

    pinned = [load_public_key(key, "--key") for key in keys]
    page = render_matrix(load_columns(runs, out.parent, pinned))
    try:
        write_report(out, SECRETS.hide_bytes(page.encode()))
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"-o '{out}' cannot be written ({why}): name another file") from None
    click.echo(out)
