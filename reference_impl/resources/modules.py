"""The modules of a deployment, loaded by file or by name, and one module for one file.

langgraph.json names files, but their code imports each other by name: a node reads what the
lifespan of `./app.py:app` opened by `from app import pool`. Were these two modules, it would find
a pool that nobody has opened.
"""

import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from onceproof.reference_impl.config import read
from onceproof.reference_impl.errors import ConfigError


class GraphsError(ConfigError):
    """Something that `langgraph.json` names cannot be used."""


def add_dependencies(config_path: Path) -> None:
    """Make the folders that langgraph.json depends on importable, in its order."""
    folder = config_path.resolve().parent
    for dependency in read(config_path).get("dependencies", []):
        place = str((folder / dependency).resolve())
        if dependency.startswith(".") and place not in sys.path:
            sys.path.insert(0, place)


def load_object(what: str, path: str, folder: Path) -> Any:
    """Import 'file.py:name' or 'package.module:name'; `what` names it in a GraphsError."""
    source, _, name = path.rpartition(":")
    if not source:
        raise GraphsError(f"{what}: {path!r} must look like './file.py:name'")
    value = getattr(_load_module(what, source, folder), name, None)
    if value is None:
        raise GraphsError(f"{what}: {source!r} has no {name!r}")
    return value


def _load_module(what: str, source: str, folder: Path) -> ModuleType:
    if not source.endswith(".py"):
        return _import(what, source)
    file = (folder / source).resolve()
    if not file.exists():
        raise GraphsError(f"{what}: {str(file)!r} does not exist")
    names = [_name_for_all(file, folder), *_names_by_path(file)]
    found = _find_module(file, names)
    return _name(found, names) if found else _execute(what, file, names)


def _import(what: str, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise GraphsError(
            f"{what}: importing {name!r} raised {type(error).__name__}: {error}"
        ) from error


def _find_module(file: Path, names: list[str]) -> ModuleType | None:
    known = (sys.modules.get(name) for name in names)
    return next((m for m in known if m and getattr(m, "__file__", None) == str(file)), None)


def _execute(what: str, file: Path, names: list[str]) -> ModuleType:
    spec = importlib.util.spec_from_file_location(names[0], file)
    if spec is None or spec.loader is None:
        raise GraphsError(f"{what}: {str(file)!r} cannot be imported")
    module = _name(importlib.util.module_from_spec(spec), names)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # an operator's module may raise anything
        for name in names:
            if sys.modules.get(name) is module:
                del sys.modules[name]
        raise GraphsError(
            f"{what}: importing {str(file)!r} raised {type(error).__name__}: {error}"
        ) from error
    return module


def _name(module: ModuleType, names: list[str]) -> ModuleType:
    """Make the module known by all these names."""
    sys.modules[names[0]] = module
    for name in names[1:]:
        sys.modules.setdefault(name, module)
    return module


def _name_for_all(file: Path, folder: Path) -> str:
    """The name a file is imported under: the same in each process, replica and release.

    Checkpoints name the class of a value by module and name. Under a name that another process
    does not import (Python's `hash` of a text differs in each), an enum or a dataclass that the
    file defines would come back as plain text or a dict, without an error.
    """
    place = Path(os.path.relpath(file, folder)).as_posix()
    return f"served_{file.stem}_{hashlib.sha256(place.encode()).hexdigest()[:12]}"


def _names_by_path(file: Path) -> Iterator[str]:
    """The names under which other code imports the file."""
    for place in dict.fromkeys(sys.path):
        root = Path(place).resolve()
        if not file.is_relative_to(root):
            continue
        parts = file.relative_to(root).with_suffix("").parts
        if all(part.isidentifier() for part in parts) and _leads_into(parts[0], root):
            yield ".".join(parts)


def _leads_into(name: str, root: Path) -> bool:
    """Whether a module of this name is imported from the folder, and from no other place."""
    if name in sys.stdlib_module_names:
        return False
    spec = PathFinder.find_spec(name)
    places = [] if spec is None else [spec.origin, *(spec.submodule_search_locations or ())]
    return any(place and Path(place).resolve().is_relative_to(root) for place in places)
