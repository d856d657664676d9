"""`onceproof bundle`: a certificate and its evidence in one file."""

from pathlib import Path

import click

from onceproof.conformance.commands.filled import argument, option


@click.command()
@argument("run_dir", type=click.Path(path_type=Path))
@option("-o", "--out", required=True, metavar="FILE", type=click.Path(path_type=Path))
def bundle(run_dir: Path, out: Path) -> None:
    """Pack the signed run in RUN_DIR into FILE (tar and zstd), the same bytes each time.

    Exit status 0: it was written; 64: the run is not signed, is not as it was signed, or FILE
    cannot be written. `onceproof verify --bundle FILE --key PUB` reads it, wherever it is.
    """
    from onceproof.conformance.certificate.bundle import pack_bundle

    pack_bundle(run_dir, out)
    click.echo(out)
