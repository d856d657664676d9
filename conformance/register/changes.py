"""What changed in the register since an earlier lock: for the changelog, in lines of Markdown."""

from collections.abc import Iterator, Mapping, Sequence

from onceproof.conformance.errors import UsageError
from onceproof.conformance.register.lock import lock_text

#: The columns of a lock behind the id, in words.
_COLUMNS = ("level", "scope", "profile")

Entries = Mapping[str, Sequence[str]]


def describe_changes(old: str) -> Iterator[str]:
    """Yield a line for what was added, removed, moved to another column, or changed in meaning.

    `old` is the text of a `conformance.lock`; UsageError if it is none.
    """
    before, after = read_lock(old), read_lock(lock_text())
    yield from _list_ids("added", [id for id in after if id not in before])
    yield from _list_ids("removed", [id for id in before if id not in after])
    both = [id for id in after if id in before]
    for id in both:
        yield from _list_moves(id, before[id], after[id])
    yield from _list_ids("other wording", [id for id in both if before[id][-1] != after[id][-1]])


def read_lock(text: str) -> Entries:
    """Return level, scope, profile and digest of each requirement in a lock, by its id."""
    rows = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    entries = {row[0]: row[1:] for row in rows if len(row) == len(_COLUMNS) + 2}
    if not entries:
        raise UsageError("that is no conformance.lock: name the one of an earlier release")
    return entries


def _list_ids(what: str, ids: Sequence[str]) -> Iterator[str]:
    if ids:
        yield f"* {what}: {', '.join(ids)}"


def _list_moves(id: str, old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for name, before, after in zip(_COLUMNS, old, new, strict=False):
        if before != after:
            yield f"* {id}: {name} {before}, now {after}"
