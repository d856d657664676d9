"""Profiles of a load: how runs arrive, how many may be under way, and the levels to keep.

One file each; `load` reads them by name, or a file of the operator's by its path.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from onceproof.conformance.errors import UsageError
from onceproof.load.arrivals.spelling import read_schedule
from onceproof.load.levels import Level, parse_levels

HERE = Path(__file__).parent
KEYS = {"description", "users", "seconds", "arrivals", "levels"}
#: What a schedule may name as kinds; the weights are those of the users.
KINDS = ("background", "wait", "stream")


@dataclass(frozen=True)
class LoadProfile:
    """A load: `users` at once, for `seconds`; without `arrivals` in a closed loop."""

    name: str
    description: str
    users: int
    seconds: int
    arrivals: str | None
    levels: tuple[Level, ...]


def list_load_profiles() -> list[str]:
    """Return the names of the profiles that come along."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def find_load_profile(name: str) -> LoadProfile:
    """Return the profile of this name, or of the file at this path.

    UsageError if there is none, or if it cannot be used as it is.
    """
    path = HERE / f"{name}.toml" if name in list_load_profiles() else Path(name)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(list_load_profiles())
        raise UsageError(f"--profile {name!r} is neither one of {known} nor a file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"--profile {name!r} cannot be read: {error}") from None
    return _build(f"--profile {name!r}", path.stem, table)


def _build(where: str, name: str, table: Mapping[str, object]) -> LoadProfile:
    unknown = sorted(table.keys() - KEYS)
    if unknown:
        raise UsageError(f"{where} has the key {unknown[0]!r}: use {', '.join(sorted(KEYS))}")
    arrivals = table.get("arrivals")
    if arrivals is not None:
        read_schedule(f"{where}: arrivals", str(arrivals), 0, KINDS)
    levels = table.get("levels", {})
    if not isinstance(levels, dict):
        raise UsageError(f"{where}: levels is a table of subjects, as in docs/load.md")
    return LoadProfile(
        name=name,
        description=str(table.get("description", "")),
        users=_read_count(where, table, "users"),
        seconds=_read_count(where, table, "seconds"),
        arrivals=None if arrivals is None else str(arrivals),
        levels=tuple(parse_levels(where, levels)),
    )


def _read_count(where: str, table: Mapping[str, object], key: str) -> int:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UsageError(f"{where}: {key} is {value!r}, and has to be a whole number from 1 on")
    return value
