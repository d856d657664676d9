"""Walks the pages of a list as clients do: by the next offset that the server returns."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from onceproof.conformance.suite.kit.assertions import expect
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
    """One page: the ids on it, and the values of its headers."""

    offset: int
    ids: list[Any]
    next: int | None
    total: int | None


async def read_page(api: Api, listing: Listing, limit: int, offset: int) -> Page:
    """Read one page of a list."""
    query = {**listing.query, "limit": limit, "offset": offset}
    options: dict[str, Any] = {"json" if listing.method == "POST" else "params": query}
    response = await api.request(listing.method, listing.path, **options)
    ids = [item[listing.id] for item in expect(response)]
    headers = response.headers
    return Page(
        offset, ids, _number(headers, "x-pagination-next"), _number(headers, "x-pagination-total")
    )


async def walk_pages(api: Api, listing: Listing, limit: int) -> list[Page]:
    """Walk all pages until one does not name a next one."""
    pages = [await read_page(api, listing, limit, 0)]
    while (offset := pages[-1].next) is not None:
        here = pages[-1].offset
        assert offset > here, (
            f"the page at {here} names {offset} as the next offset, which leads back"
        )
        assert len(pages) < MOST_PAGES, (
            f"after {len(pages)} pages of {limit} there is still a next one"
        )
        pages.append(await read_page(api, listing, limit, offset))
    return pages


def find_next_page(response: httpx.Response, offset: int, limit: int) -> int | None:
    """Return the offset of the next page of a search, None behind the last.

    Where no header says it, which SYS-26 judges, a page that is full is followed by another.
    """
    said = _number(response.headers, "x-pagination-next")
    if said is not None or len(expect(response)) < limit:
        return said
    return offset + limit


def _number(headers: Any, name: str) -> int | None:
    return int(headers[name]) if name in headers else None
