"""Requirements on the console: a table where a person looks, plain lines where a program reads."""

import sys
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.register.model import CHAPTER_TITLES, LEVELS, PROFILES, SCOPES, Requirement


def print_list(requirements: Iterable[Requirement], file: TextIO | None = None) -> None:
    """Print id, level, scope and title of each requirement.

    A terminal gets a table; anything else gets one line per requirement, separated by tabs.
    """
    console = Console(file=file or sys.stdout)
    if console.is_terminal:
        console.print(_table(requirements))
        return
    for one in requirements:
        print(one.id, one.level, one.scope, one.title, sep="\t", file=console.file)


def print_one(one: Requirement, file: TextIO | None = None) -> None:
    """Print everything the register says about one requirement."""
    console = Console(file=file or sys.stdout, highlight=False)
    console.print(Text(f"{one.id}  {one.title}", style="bold"), soft_wrap=True)
    console.print(Text(one.text), soft_wrap=not console.is_terminal)
    for name, value in fields(one):
        console.print(Text(f"{name:<10}{value}"), soft_wrap=True)


def fields(one: Requirement) -> list[tuple[str, str]]:
    """Name and value of what the register says besides title and sentence, empty fields left out.

    A field with several values occurs once for each of them.
    """
    rows = [
        ("chapter", f"{one.chapter}: {CHAPTER_TITLES[one.chapter]}"),
        ("level", f"{one.level}: {LEVELS[one.level]}"),
        ("scope", f"{one.scope}: {SCOPES[one.scope]}"),
        ("profile", f"{one.profile}: {PROFILES[one.profile]}"),
        *(("accepted", form) for form in one.accepted),
        ("checks", ", ".join(one.checks)),
        ("mutants", ", ".join(one.mutants)),
        ("untested", one.untested or ""),
        ("sources", ", ".join(one.sources)),
    ]
    return [(name, value) for name, value in rows if value]


def _table(requirements: Iterable[Requirement]) -> Table:
    table = Table("id", "level", "scope", "title", box=None, header_style="bold")
    for one in requirements:
        table.add_row(one.id, one.level, one.scope, Text(one.title))
    return table
