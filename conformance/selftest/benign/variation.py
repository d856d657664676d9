"""A variation: the reference server with one part that is otherwise and as right as before."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from onceproof.conformance.errors import UsageError

#: Puts the other part in place.
Apply = Callable[[], None]


@dataclass(frozen=True)
class Variation:
    """A difference by name: what a client sees of it, and which sentence allows it.

    `family` is the module it stands in. `chapters` are the chapters and requirements that could
    mind, the whole suite if there are none. `replicas` is the number of API and of worker
    processes.
    """

    name: str
    module: str
    sentence: str
    allowed_by: str
    chapters: tuple[str, ...]
    replicas: int
    apply: Apply

    @property
    def family(self) -> str:
        """The module's own name."""
        return self.module.rpartition(".")[2]


_VARIATIONS: dict[str, Variation] = {}


def variation(*chapters: str, replicas: int = 1) -> Callable[[Apply], Apply]:
    """Register a function that puts a difference in place.

    The first paragraph of its docstring says what is different, the second why that is right.
    """

    def register(apply: Apply) -> Apply:
        what, _, why = (apply.__doc__ or "").partition("\n\n")
        _VARIATIONS[apply.__name__] = Variation(
            apply.__name__,
            apply.__module__,
            " ".join(what.split()),
            " ".join(why.split()),
            chapters,
            replicas,
            apply,
        )
        return apply

    return register


def find_variation(module: str, name: str) -> Variation:
    """Return a variation of a module, which is imported; KeyError if it has none so named."""
    importlib.import_module(module)
    return _VARIATIONS[name]


def load_variations() -> dict[str, Variation]:
    """Return all variations by name, sorted by family."""
    from onceproof.conformance.selftest.benign import variations

    names = [
        f"{variations.__name__}.{each.name}" for each in pkgutil.iter_modules(variations.__path__)
    ]
    for name in names:
        importlib.import_module(name)
    ours = [one for one in _VARIATIONS.values() if one.module in names]
    return {one.name: one for one in sorted(ours, key=lambda one: (one.family, one.name))}


def choose_variations(words: tuple[str, ...]) -> list[Variation]:
    """Return the variations of these names or families, all without words.

    Raises UsageError for a word that names neither.
    """
    known = load_variations()
    families = {one.family for one in known.values()}
    for word in words:
        if word not in known and word not in families:
            raise UsageError(
                f"--only {word!r} is neither a variation nor one of their families: "
                f"{', '.join(sorted(families))}; --list shows all"
            )
    wanted = set(words)
    return [one for one in known.values() if not wanted or wanted & {one.name, one.family}]
