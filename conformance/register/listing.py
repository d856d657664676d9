"""Requirements on the console: a table where a person looks, plain lines where a program reads."""

import sys
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from onceproof.conformance.register import coverage
from onceproof.conformance.register.model import (
    CHAPTER_TITLES,
    LEVELS,
    PROFILES,
    SCOPES,
    Requirement,
)
from onceproof.conformance.register.probes import describe_judge


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


def print_counts(requirements: Iterable[Requirement], file: TextIO | None = None) -> None:
    """Print how many requirements are tested, per chapter and level, and why the others are not.

    A terminal gets a table; anything else gets lines separated by tabs, after an empty one.
    """
    members = list(requirements)
    console = Console(file=file or sys.stdout, highlight=False)
    heads, *rows = _count_rows(members)
    console.print()
    if console.is_terminal:
        table = Table(*heads, box=None, header_style="bold")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    else:
        for row in (heads, *rows):
            print(*row, sep="\t", file=console.file)
    if unproven := coverage.find_unproven(members):
        console.print(Text("\nuntested, and why", style="bold"))
    for one in unproven:
        why = one.untested or coverage.NO_TEST
        console.print(Text(f"{one.id}  {one.level:<6}  {why}"), soft_wrap=True)


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
        ("judged by", describe_judge(one)),
        ("untested", one.untested or ""),
        ("sources", ", ".join(one.sources)),
    ]
    return [(name, value) for name, value in rows if value]


def _count_rows(members: list[Requirement]) -> list[tuple[str, ...]]:
    """Head and rows: how many of each level are tested, then the numbers of the whole chapter."""
    rows = [("chapter", *(f"{level} tested" for level in LEVELS), "stated", "tested", "untested")]
    for chapter, by_level in coverage.counts(members).items():
        group = [one for one in members if one.chapter == chapter]
        rows.append((chapter, *map(_share, by_level.values()), *_numbers(group)))
    levels = [coverage.count(one for one in members if one.level == level) for level in LEVELS]
    return [*rows, ("all", *map(_share, levels), *_numbers(members))]


def _share(count: coverage.Count) -> str:
    return f"{count.tested} of {count.stated}" if count.stated else "-"


def _numbers(members: list[Requirement]) -> tuple[str, str, str]:
    count = coverage.count(members)
    return str(count.stated), str(count.tested), str(count.missing)


def _table(requirements: Iterable[Requirement]) -> Table:
    table = Table("id", "level", "scope", "title", box=None, header_style="bold")
    for one in requirements:
        table.add_row(one.id, one.level, one.scope, Text(one.title))
    return table
