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
from typing import Any

from onceproof.conformance.errors import OnceproofError, UsageError
from onceproof.conformance.register.model import (
    CHAPTER_TITLES,
    CHECKS,
    LEVELS,
    PROFILES,
    SCOPES,
    Requirement,
)
from onceproof.conformance.register.sources import is_source

FOLDER = Path(__file__).parent / "requirements"

_WORDS = ("id", "title", "text", "level", "scope", "profile")
_LISTS = ("sources", "accepted", "checks", "mutants")
_OPTIONAL = {"accepted", "checks", "mutants", "untested"}
_KEYS = {*_WORDS, *_LISTS, "untested"}
_CHOICES: Mapping[str, Iterable[str]] = {"level": LEVELS, "scope": SCOPES, "profile": PROFILES}
_ID = re.compile(r"([A-Z]{3})-([0-9]{2}|X[1-9])")
_DEFECT = re.compile(r"[a-z]+(-[a-z]+)*")


def load(folder: Path | None = None) -> dict[str, Requirement]:
    """All requirements by id, in the order of the chapters.

    Without a folder the register of this package is read. Raises `OnceproofError` for a file or
    an entry that is not as it must be.
    """
    return dict(_load(folder or FOLDER))


def select(prefixes: Iterable[str]) -> dict[str, Requirement]:
    """The requirements whose id starts with one of the prefixes; all of them for no prefix.

    Prefixes are chapters, ids or the beginning of either, in any case. Raises `UsageError` for
    one that matches nothing.
    """
    wanted = tuple(prefix.strip().upper() for prefix in prefixes)
    register = load()
    for prefix in wanted:
        if not any(id.startswith(prefix) for id in register):
            raise UsageError(f"no requirement id starts with {prefix!r}{_hint(prefix, register)}")
    return {id: one for id, one in register.items() if not wanted or id.startswith(wanted)}


def chapters() -> list[str]:
    """The chapters in the order in which they are listed everywhere."""
    return list(CHAPTER_TITLES)


def known(id: str) -> Requirement:
    """The requirement with that id. Raises `UsageError` when the register has none."""
    register = load()
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


def _requirement(entry: dict[str, Any], file: Path) -> Requirement:
    fault = _fault(entry, file)
    if fault:
        name = repr(entry["id"]) if "id" in entry else "without id"
        raise OnceproofError(f"{file.name}: requirement {name}: {fault}")
    fields: dict[str, Any] = {k: tuple(v) if k in _LISTS else v for k, v in entry.items()}
    return Requirement(**fields)


def _fault(entry: dict[str, Any], file: Path) -> str | None:
    return _fault_of_keys(entry) or _fault_of_id(entry["id"], file) or _fault_of_words(entry)


def _fault_of_keys(entry: dict[str, Any]) -> str | None:
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        return f"unknown key {unknown[0]!r}; the keys are {', '.join(sorted(_KEYS))}"
    missing = sorted(_KEYS - _OPTIONAL - set(entry))
    if missing:
        return f"key {missing[0]!r} is missing"
    for key, value in entry.items():
        parts = value if key in _LISTS and isinstance(value, list) else [value]
        if key in _LISTS and not (isinstance(value, list) and value):
            return f"{key} must be a list with at least one text"
        if not all(isinstance(part, str) and part.strip() for part in parts):
            return f"{key} must be {'a list of texts' if key in _LISTS else 'a text'}, none empty"
    return None


def _fault_of_id(id: str, file: Path) -> str | None:
    match = _ID.fullmatch(id)
    if not match:
        return "an id is three capitals, a hyphen and two digits, or X and a digit if it is our own"
    if match[1] not in CHAPTER_TITLES:
        return f"unknown chapter {match[1]!r}; the chapters are {', '.join(CHAPTER_TITLES)}"
    if file.stem != match[1].lower():
        return f"it belongs into {match[1].lower()}.toml"
    return None


def _fault_of_words(entry: dict[str, Any]) -> str | None:
    for key, choices in _CHOICES.items():
        if entry[key] not in choices:
            return f"unknown {key} {entry[key]!r}; it is one of {', '.join(choices)}"
    for check in entry.get("checks", ()):
        if check not in CHECKS:
            return f"unknown check {check!r}; the checks are {', '.join(CHECKS)}"
    for tag in entry["sources"]:
        if not is_source(tag):
            return f"unknown source {tag!r}; the legend is in conformance/register/sources.py"
    for defect in entry.get("mutants", ()):
        if not _DEFECT.fullmatch(defect):
            return f"mutant {defect!r} is not written in small letters and hyphens"
    if entry.get("untested") and entry.get("checks"):
        return "it cannot be untested and name checks that prove it"
    return None
