"""How many requirements will not be judged, said before anything runs, and what would change that.

What the target lacks is known from the options and from a first look, and what the tests of each
requirement want from the register. A test may find more in its way when it runs.
"""

from collections import Counter
from collections.abc import Collection, Iterator

from onceproof.conformance.options import Options
from onceproof.conformance.register import select
from onceproof.conformance.register.probes import load_probes
from onceproof.conformance.register.wants import load_wants
from onceproof.reports.text import pluralise

PROBES = "probes"
#: What may be lacking and how to have it, the most general first: a requirement counts once.
REMEDIES = {
    PROBES: ("probe graphs that are not hosted", "`onceproof probes export DIR` writes them"),
    "deployment": ("a second deployment", "--command or --image lets onceproof start it"),
    "hands": ("control over processes", "--levers or --lever"),
    "services": ("control over Postgres and Redis", "--levers compose:PROJECT"),
    "replica": ("a second replica", "another --url, or --api-replicas 2"),
    "exclusive": ("a target that nobody else uses", "--exclusive says so"),
}


def list_lacks(options: Options) -> frozenset[str]:
    """Return what a target lacks that runs already, by the words of REMEDIES; not its probes."""
    found = options.found
    has_hands = bool(options.levers or found)
    has_services = found is not None and found.has_stack
    has = {
        "deployment": False,
        "hands": has_hands and options.is_exclusive,
        "services": has_services and options.is_exclusive,
        "replica": len(options.urls) > 1,
        "exclusive": options.is_exclusive,
    }
    return frozenset(name for name, is_there in has.items() if not is_there)


def foresee(
    lacks: Collection[str],
    missing: Collection[str],
    only: Collection[str] = (),
    *,
    has_graph: bool = False,
) -> str | None:
    """Return the sentence for what a target `lacks` and for its `missing` probes, None if all of
    the requirements (`only` those whose ids begin so) may be judged. In field mode, which
    `has_graph`, oracles judge in the place of probes."""
    judged = {id for id, one in select(only).items() if not (has_graph and one.oracles)}
    wanting = [next(_find_wants(id, lacks, missing), None) for id in judged]
    counts = Counter(name for name in wanting if name is not None)
    if not counts:
        return None
    parts = [
        f"{counts[name]} need{'s' if counts[name] == 1 else ''} {what} ({how})"
        for name, (what, how) in REMEDIES.items()
        if counts[name]
    ]
    number = pluralise(counts.total(), "requirement")
    return f"{number} will not be judged: {', '.join(parts)}"


def _find_wants(id: str, lacks: Collection[str], missing: Collection[str]) -> Iterator[str]:
    """What stands in the way of a requirement, in the order of REMEDIES."""
    if set(load_probes().get(id, ())) & set(missing):
        yield PROBES
    wants = load_wants().get(id, frozenset())
    yield from (name for name in REMEDIES if name in lacks and name in wants)
