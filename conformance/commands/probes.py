"""`onceproof probes`: the graphs that a server hosts, for servers that are started elsewhere."""

import shlex
from pathlib import Path

import click

from onceproof.conformance.commands.filled import argument, option


@click.group()
def probes() -> None:
    """Export the graphs that a server must host to be certified."""


@probes.command()
@argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@option(
    "--target-profile",
    metavar="NAME|FILE",
    default="reference",
    help="Leave out of langgraph.json what this server cannot take.",
)
def export(folder: Path, target_profile: str) -> None:
    """Write the probe graphs into DIR, from where any LangGraph-compatible server hosts them."""
    from onceproof.conformance.targets.probe_folder import export_probes
    from onceproof.conformance.targets.profile import load_profile

    start = load_profile(target_profile).start
    written = export_probes(folder, *start.left_out).resolve()
    place, config = shlex.quote(str(written.parent)), shlex.quote(str(written))
    click.echo(f"written to {place}, which needs nothing but langgraph; host it, for example by")
    click.echo(f"  cd {place} && langgraph dev --no-browser --no-reload")
    click.echo(f"  cd {place} && langgraph build --tag probes")
    if target_profile == "aegra":
        click.echo(f"  AEGRA_CONFIG={config} uvicorn aegra_api.main:app")
    for command in (start.first, start.command, start.worker_command) if start.first else ():
        if command:
            filled = command.replace("{probes}", place).replace("{port}", "8123")
            click.echo(f"  {filled.replace('{slots}', '10')}")
