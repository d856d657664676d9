"""What is on a target of ours: crons first, since they make more, and items of the store last."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from onceproof.conformance.guest.journal import ASSISTANT, CRON, ITEM, THREAD, Made
from onceproof.conformance.guest.mark import ANY, ANY_VALUE, RUN, has_mark, is_marked_namespace
from onceproof.conformance.history.vocabulary import NO_SUCH_ROUTE
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.recording import decode_body

PAGE = 100
#: A search that goes on for longer than this does not come to an end by itself.
MOST_PAGES = 1_000


DELETED_AT = {
    THREAD: "/threads/{}",
    ASSISTANT: "/assistants/{}",
    CRON: "/runs/crons/{}",
    ITEM: "/store/items",
}


@dataclass(frozen=True)
class Ours:
    """One thing of ours: the run that made it is "" if only the journal knows of it."""

    kind: str
    id: str
    run_id: str = ""
    namespace: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where it is deleted."""
        return DELETED_AT[self.kind].format(quote(self.id, safe=""))

    def __str__(self) -> str:
        return f"{self.kind} {'/'.join((*self.namespace, self.id))}"


@dataclass(frozen=True)
class Kind:
    """How things of one kind are searched for, and which of an answer's entries is ours."""

    name: str
    search: str
    id_name: str
    recognise: Callable[[Mapping[str, object], str | None], bool]


def _carries_mark(entry: Mapping[str, object], run_id: str | None) -> bool:
    return has_mark(entry.get("metadata"), run_id)


def _lies_in_our_namespace(entry: Mapping[str, object], run_id: str | None) -> bool:
    return is_marked_namespace(entry.get("namespace"), run_id)


KINDS = (
    Kind(CRON, "/runs/crons/search", "cron_id", _carries_mark),
    Kind(THREAD, "/threads/search", "thread_id", _carries_mark),
    Kind(ASSISTANT, "/assistants/search", "assistant_id", _carries_mark),
    Kind(ITEM, "/store/items/search", "key", _lies_in_our_namespace),
)


class SearchRefused(Exception):
    """What is there of a kind cannot be known."""


async def find_by_mark(api: Api, kind: Kind, run_id: str | None) -> list[Ours]:
    """Return the things of a kind that carry the mark of any run, or else of the one named.

    SearchRefused if the server has such a search and does not answer it.
    """
    found: dict[Ours, None] = {}
    async for entry in _search(api, kind, run_id):
        if kind.recognise(entry, run_id):
            found[_describe(kind, entry)] = None
    return list(found)


def read_journal(made: Iterable[Made]) -> Iterator[Ours]:
    """Yield what a journal says was made; an id that is empty names nothing."""
    for each in made:
        if each.kind in DELETED_AT and each.id and (each.kind != ITEM or each.namespace):
            yield Ours(each.kind, each.id, namespace=each.namespace)


def _describe(kind: Kind, entry: Mapping[str, object]) -> Ours:
    metadata, namespace = entry.get("metadata"), entry.get("namespace")
    if kind.name == ITEM and isinstance(namespace, list):
        labels = tuple(map(str, namespace))
        return Ours(ITEM, str(entry.get("key")), labels[1], labels)
    run_id = metadata.get(RUN) if isinstance(metadata, Mapping) else ""
    return Ours(kind.name, str(entry.get(kind.id_name)), str(run_id))


async def _search(api: Api, kind: Kind, run_id: str | None) -> AsyncIterator[Mapping[str, object]]:
    """Yield what a search for our mark answers, page by page; nothing where there is no search."""
    wanted = _filter(kind, run_id)
    for page in range(MOST_PAGES):
        body = {**wanted, "limit": PAGE, "offset": page * PAGE}
        response = await api.post(kind.search, json=body)
        if response.is_client_error and page == 0 and "metadata" in wanted:
            wanted = {}  # a server that does not filter by metadata; we look ourselves
            response = await api.post(kind.search, json={"limit": PAGE, "offset": 0})
        if not response.is_success and response.status_code not in NO_SUCH_ROUTE:
            raise SearchRefused(f"{kind.name}s: a search was answered {response.status_code}")
        shown = decode_body(response) if response.is_success else None
        entries = shown.get("items") if isinstance(shown, dict) else shown
        if not isinstance(entries, list):
            return
        for entry in entries:
            if isinstance(entry, Mapping):
                yield entry
        if len(entries) < PAGE:
            return


def _filter(kind: Kind, run_id: str | None) -> dict[str, object]:
    if kind.name == ITEM:
        return {"namespace_prefix": [RUN] if run_id is None else [RUN, run_id]}
    return {"metadata": {ANY: ANY_VALUE} if run_id is None else {RUN: run_id}}
