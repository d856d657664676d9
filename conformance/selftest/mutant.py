"""A mutant: the reference server with one small defect, and the requirements meant for it."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from onceproof.conformance.errors import UsageError

#: Puts the defect in place of the part.
Apply = Callable[[], None]


@dataclass(frozen=True)
class Mutant:
    """A defect by name, in the words of who would report it, and the requirements that must fail.

    `family` is the module it stands in. `spills` are requirements that fail with it and have to,
    each with the reason. `replicas` is the number of API and of worker processes that it takes.
    """

    name: str
    family: str
    sentence: str
    caught_by: tuple[str, ...]
    spills: tuple[tuple[str, str], ...]
    replicas: int
    apply: Apply


_MUTANTS: dict[str, Mutant] = {}


def mutant(*caught_by: str, replicas: int = 1, **spills: str) -> Callable[[Apply], Apply]:
    """Register a function that puts a defect in place; its docstring says what the defect is.

    `caught_by` are the requirements meant for it. `spills` names others that have to fail with it,
    with `_` for `-`, such as `AST_18="a count is a search"`.
    """

    def register(apply: Apply) -> Apply:
        others = tuple((name.replace("_", "-"), why) for name, why in spills.items())
        family = apply.__module__.rpartition(".")[2]
        sentence = " ".join((apply.__doc__ or "").split())
        _MUTANTS[apply.__name__] = Mutant(
            apply.__name__, family, sentence, caught_by, others, replicas, apply
        )
        return apply

    return register


def load_mutants() -> dict[str, Mutant]:
    """Return all mutants by name, sorted by family."""
    from onceproof.conformance.selftest import mutants

    for module in pkgutil.iter_modules(mutants.__path__):
        importlib.import_module(f"{mutants.__name__}.{module.name}")
    return dict(sorted(_MUTANTS.items(), key=lambda item: (item[1].family, item[0])))


def find_mutant(name: str) -> Mutant:
    """Return the mutant of this name, and import its family alone; UsageError if there is none."""
    from onceproof.conformance.selftest import mutants

    for folder in map(Path, mutants.__path__):
        for path in folder.glob("*.py"):
            if f"\ndef {name}(" in path.read_text(encoding="utf-8"):
                importlib.import_module(f"{mutants.__name__}.{path.stem}")
    if name not in _MUTANTS:
        raise UsageError(f"there is no mutant {name!r}; onceproof selftest --list shows all")
    return _MUTANTS[name]


def choose_mutants(words: tuple[str, ...]) -> list[Mutant]:
    """Return the mutants of these names or families, all without words.

    Raises UsageError for a word that names neither.
    """
    known = load_mutants()
    families = {one.family for one in known.values()}
    for word in words:
        if word not in known and word not in families:
            raise UsageError(
                f"--only {word!r} is neither a mutant nor one of their families: "
                f"{', '.join(sorted(families))}; --list shows all"
            )
    wanted = set(words)
    return [one for one in known.values() if not wanted or wanted & {one.name, one.family}]
