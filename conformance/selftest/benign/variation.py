"""A variation: the reference server with one part that is otherwise and as right as before."""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from onceproof.conformance.errors import UsageError

#: Puts the other part in place.
Apply = Callable[[], None]


@dataclass(frozen=True)
class Variation:
    """A difference by name: what a client sees of it, and which sentence allows it.

    `family` is the module it stands in. `chapters` are the chapters and requirements that could
    mind, the whole suite if there are none. `replicas` is the number of API and of worker
    processes. `places` is where the server finds it, and what else is to be put in place with it.
    """

    name: str
    module: str
    sentence: str
    allowed_by: str
    chapters: tuple[str, ...]
    replicas: int
    places: tuple[str, ...]

    @property
    def family(self) -> str:
        """The module's own name."""
        return self.module.rpartition(".")[2]


_VARIATIONS: dict[str, Variation] = {}
_APPLY: dict[str, Apply] = {}
#: Between the names of variations that are tried in one server.
TOGETHER = "+"


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
            (f"{apply.__module__}:{apply.__name__}",),
        )
        _APPLY[apply.__name__] = apply
        return apply

    return register


def find_variation(place: str) -> Variation:
    """Return the variation at MODULE:NAME, whose module is imported; KeyError if it has none."""
    module, _, name = place.partition(":")
    importlib.import_module(module)
    return _VARIATIONS[name]


def apply_variation(place: str) -> None:
    """Put the variation at MODULE:NAME in place."""
    _APPLY[find_variation(place).name]()


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

    Names joined by a plus are one server that differs in all of these ways. Raises UsageError for a
    word that names nothing.
    """
    known = load_variations()
    families = {one.family for one in known.values()}
    for word in (part for text in words for part in text.split(TOGETHER)):
        if word not in known and word not in families & set(words):
            raise UsageError(
                f"--only {word!r} is neither a variation nor one of their families: "
                f"{', '.join(sorted(families))}; --list shows all"
            )
    wanted = set(words)
    chosen = [one for one in known.values() if not wanted or wanted & {one.name, one.family}]
    joined = [tuple(text.split(TOGETHER)) for text in words if TOGETHER in text]
    return [*chosen, *(_join([known[name] for name in names]) for names in joined)]


def _join(parts: Sequence[Variation]) -> Variation:
    """Return the variation that is all of these, tried by the chapters of all of them."""
    chapters = dict.fromkeys(name for one in parts for name in one.chapters)
    return Variation(
        TOGETHER.join(one.name for one in parts),
        "together",
        " ".join(one.sentence for one in parts),
        " ".join(one.allowed_by for one in parts),
        tuple(chapters) if all(one.chapters for one in parts) else (),
        max(one.replicas for one in parts),
        tuple(place for one in parts for place in one.places),
    )
