"""Reads the requirements from their TOML files and refuses what is not exactly right.

A slip in the register would silently change what every certificate means, so an unknown key,
a word outside the lists of `model`, or an id that occurs twice ends the load with one sentence
that names the file and the id.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from onceproof.conformance.errors import OnceproofError, UsageError
from onceproof.conformance.register.model import (
    CHAPTER_TITLES,
    CHECKS,
    LEVELS,
    LISTS,
    ORACLES,
    PROFILES,
    SCOPES,
    Requirement,
)
from onceproof.conformance.register.sources import is_source

FOLDER = Path(__file__).parent / "requirements"

_CHOICES: Mapping[str, Iterable[str]] = {"level": LEVELS, "scope": SCOPES, "profile": PROFILES}
_ID = re.compile(r"([A-Z]{3})-([0-9]{2}|X[1-9])")
_KEYS = ", ".join(sorted(field.name for field in msgspec.structs.fields(Requirement)))


def load_register(folder: Path | None = None) -> dict[str, Requirement]:
    """Return all requirements by id, in the order of the chapters.

    Without a folder the register of this package is read. Raises `OnceproofError` for a file or
    an entry that is not as it must be.
    """
    return dict(_load(folder or FOLDER))


def select(prefixes: Iterable[str]) -> dict[str, Requirement]:
    """Return the requirements whose id starts with one of the prefixes, or all without a prefix.

    Prefixes are chapters, ids or the beginning of either, in any case. Raises `UsageError` for
    one that matches nothing.
    """
    wanted = tuple(prefix.strip().upper() for prefix in prefixes)
    register = load_register()
    for prefix in wanted:
        if not any(id.startswith(prefix) for id in register):
            raise UsageError(f"no requirement id starts with {prefix!r}{_hint(prefix, register)}")
    return {id: one for id, one in register.items() if not wanted or id.startswith(wanted)}


def chapters() -> list[str]:
    """Return the chapters in the order in which they are listed everywhere."""
    return list(CHAPTER_TITLES)


def get_requirement(id: str) -> Requirement:
    """Return the requirement with that id. Raises `UsageError` if the register has none."""
    register = load_register()
    if id not in register:
        raise UsageError(f"requirement {id!r} is not in the register{_hint(id, register)}")
    return register[id]


def _hint(id: str, register: Iterable[str]) -> str:
    chapter = [one for one in register if one[:3] == id[:3]]
    if chapter:
        return f"; chapter {id[:3]} holds {chapter[0]} to {chapter[-1]}"
    return f"; the chapters are {', '.join(CHAPTER_TITLES)}"


@cache
def _load(folder: Path) -> Mapping[str, Requirement]:
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise OnceproofError(f"folder {str(folder)!r} holds no requirements (*.toml)")
    found: dict[str, tuple[Requirement, Path]] = {}
    for file in files:
        for one in _read(file):
            if one.id in found:
                raise OnceproofError(
                    f"{file.name}: requirement {one.id!r} is already in {found[one.id][1].name};"
                    " ids are never used twice"
                )
            found[one.id] = (one, file)
    order = chapters()
    ranked = sorted(found, key=lambda id: (order.index(id[:3]), id))
    return {id: found[id][0] for id in ranked}


def _read(file: Path) -> list[Requirement]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OnceproofError(f"{file.name} is not valid TOML: {error}") from error
    extra = sorted(set(document) - {"requirement"})
    if extra:
        raise OnceproofError(
            f"{file.name}: unknown key {extra[0]!r}; it holds [[requirement]] entries only"
        )
    entries = document.get("requirement", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise OnceproofError(f"{file.name}: 'requirement' must be written as [[requirement]]")
    return [_requirement(entry, file) for entry in entries]


def _requirement(entry: dict[str, object], file: Path) -> Requirement:
    try:
        one = msgspec.convert(entry, Requirement)
    except msgspec.ValidationError as error:
        fault: str | None = _fault_of_shape(str(error))
    else:
        fault = _fault_of_id(one.id, file) or _fault_of_words(one)
        if fault is None:
            return one
    name = repr(entry["id"]) if "id" in entry else "without id"
    raise OnceproofError(f"{file.name}: requirement {name}: {fault}")


def _fault_of_shape(error: str) -> str:
    """Say what is wrong with a key, which stands between backticks: `title`, or at `$.title`."""
    key = re.findall(r"`(?:\$\.)?(\w+)[^`]*`", error)[-1]
    if "unknown field" in error:
        return f"unknown key {key!r}; the keys are {_KEYS}"
    if "missing required field" in error:
        return f"key {key!r} is missing"
    if key in LISTS:
        return f"{key} must be a list of at least one text, and none of them empty"
    return f"{key} must be a text that is not empty"


def _fault_of_id(id: str, file: Path) -> str | None:
    match = _ID.fullmatch(id)
    if not match:
        return "an id is three capitals, a hyphen and two digits, or X and a digit if it is our own"
    if match[1] not in CHAPTER_TITLES:
        return f"unknown chapter {match[1]!r}; the chapters are {', '.join(CHAPTER_TITLES)}"
    if file.stem != match[1].lower():
        return f"it belongs in {match[1].lower()}.toml"
    return None


def _fault_of_words(one: Requirement) -> str | None:
    for key, choices in _CHOICES.items():
        if (word := getattr(one, key)) not in choices:
            return f"unknown {key} {word!r}; it is one of {', '.join(choices)}"
    for check in one.checks:
        if check not in CHECKS:
            return f"unknown check {check!r}; the checks are {', '.join(CHECKS)}"
    for oracle in one.oracles:
        if oracle not in ORACLES:
            return f"unknown oracle {oracle!r}; the oracles are {', '.join(ORACLES)}"
    for tag in one.sources:
        if not is_source(tag):
            return f"unknown source {tag!r}; the legend is in conformance/register/sources.py"
    if one.untested and one.checks:
        return "it cannot be untested and name checks that prove it"
    return None
