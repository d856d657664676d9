"""Walking the pages of a list as clients do: by the offset that the server says is next."""

from dataclasses import dataclass, field
from typing import Any

from onceproof.conformance.suite.kit.assertions import answered
from onceproof.conformance.wire.client import Api

MOST_PAGES = 100


@dataclass(frozen=True)
class Listing:
    """A list route with a filter that only objects of this test pass, newest or oldest first."""

    method: str
    path: str
    id: str
    ids: list[Any]
    query: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One page: the ids on it, and what its headers say."""

    offset: int
    ids: list[Any]
    next: int | None
    total: int | None


async def page(api: Api, listing: Listing, limit: int, offset: int) -> Page:
    """One page of a list."""
    query = {**listing.query, "limit": limit, "offset": offset}
    options: dict[str, Any] = {"json" if listing.method == "POST" else "params": query}
    response = await api.request(listing.method, listing.path, **options)
    ids = [item[listing.id] for item in answered(response)]
    headers = response.headers
    return Page(
        offset, ids, _number(headers, "x-pagination-next"), _number(headers, "x-pagination-total")
    )


async def walk(api: Api, listing: Listing, limit: int) -> list[Page]:
    """All pages, until one does not name a next one."""
    pages = [await page(api, listing, limit, 0)]
    while (offset := pages[-1].next) is not None:
        here = pages[-1].offset
        assert offset > here, f"the page at {here} says that {offset} is next, which leads back"
        assert len(pages) < MOST_PAGES, f"{len(pages)} pages of {limit} have no end"
        pages.append(await page(api, listing, limit, offset))
    return pages


def _number(headers: Any, name: str) -> int | None:
    return int(headers[name]) if name in headers else None
