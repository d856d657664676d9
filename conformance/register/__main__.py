"""`python -m onceproof.conformance.register`: look at the register, write what derives from it."""

import sys
from pathlib import Path

import click

from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.register.changes import describe_changes
from onceproof.conformance.register.listing import print_list, print_one
from onceproof.conformance.register.loader import get_requirement, load_register, select
from onceproof.conformance.register.lock import lock_text
from onceproof.conformance.register.page import page_text
from onceproof.conformance.register.probes import (
    FILE,
    format_probes,
    load_probes,
    merge_probes,
    read_probes,
)
from onceproof.conformance.register.wants import FILE as WANTS_FILE
from onceproof.conformance.register.wants import format_wants, load_wants, read_wants

CHECKOUT = Path(__file__).resolve().parents[2]
LOCK = CHECKOUT / "conformance.lock"
PAGE = CHECKOUT / "docs" / "requirements.md"


@click.group()
def main() -> None:
    """Look at the register of requirements, and write what is generated from it."""


@main.command("list")
@click.argument("prefix", nargs=-1)
def list_command(prefix: tuple[str, ...]) -> None:
    """List the requirements whose id starts with PREFIX, or all of them."""
    print_list(select(prefix).values())


@main.command()
@click.argument("id")
def explain(id: str) -> None:
    """Print everything the register says about the requirement ID."""
    print_one(get_requirement(id.upper()))


@main.command()
@click.option("--check", is_flag=True, help="Only say whether the file is fresh.")
def lock(check: bool) -> None:
    """Write conformance.lock."""
    _write(LOCK, lock_text(), check)


@main.command()
@click.option("--check", is_flag=True, help="Only say whether the file is fresh.")
def page(check: bool) -> None:
    """Write docs/requirements.md."""
    _write(PAGE, page_text(), check)


@main.command()
@click.argument("old", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def changes(old: Path) -> None:
    """Print what changed since the conformance.lock in OLD, as lines for the changelog."""
    for line in describe_changes(old.read_text(encoding="utf-8")):
        click.echo(line)


@main.command()
@click.argument("folder", nargs=-1, type=click.Path(path_type=Path), required=True)
def probes(folder: tuple[Path, ...]) -> None:
    """Write probes.toml from what the runs in FOLDER asked for, and keep what they do not show."""
    found = {id: set(names) for id, names in load_probes().items()}
    for each in folder:
        found = merge_probes(found, read_probes(each))
    stated = load_register()
    _write(FILE, format_probes({id: names for id, names in found.items() if id in stated}), False)


@main.command()
@click.argument("folder", nargs=-1, type=click.Path(path_type=Path), required=True)
def wants(folder: tuple[Path, ...]) -> None:
    """Write wants.toml from what the runs in FOLDER were not judged for want of, beside what is
    known: runs on a single --url, with --exclusive and without."""
    found = dict(load_wants())
    for each in folder:
        for id, names in read_wants(each).items():
            found[id] = found.get(id, frozenset()) | names
    stated = load_register()
    _write(WANTS_FILE, format_wants({id: found[id] for id in found if id in stated}), False)


def _write(file: Path, text: str, check: bool) -> None:
    if not (CHECKOUT / "pyproject.toml").exists():
        raise OnceproofError(f"{file.name} is written in a checkout only, not in an installation")
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return
    if check:
        raise OnceproofError(
            f"{file.name} does not match the register; run `{_command(file)}` and commit it"
        )
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _command(file: Path) -> str:
    return f"python -m onceproof.conformance.register {'lock' if file == LOCK else 'page'}"


if __name__ == "__main__":
    try:
        main(prog_name="python -m onceproof.conformance.register")
    except OnceproofError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_status)
