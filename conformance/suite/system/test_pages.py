"""Lists in pages: every item comes once, and no page promises more than there is."""

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.matrix import Probe, ask
from onceproof.conformance.suite.system.pages import Listing, read_page, walk_pages
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

COUNT = 25
LISTS = ("threads", "assistants", "runs", "versions")
SEARCHES = ("/threads/search", "/assistants/search")
#: Late enough that no worker claims the run before the thread is deleted.
NEVER_S = 3600


@pytest.fixture
async def listing(
    request: pytest.FixtureRequest, api: Api, runs: Runs, assistants: Assistants
) -> Listing:
    """A list of COUNT objects of the kind that the test is parametrized with."""
    marker = {"walk": uuid4().hex}
    if request.param == "threads":
        ids = [await runs.new_thread(metadata=marker) for _ in range(COUNT)]
        return Listing("POST", "/threads/search", "thread_id", ids, {"metadata": marker})
    if request.param == "assistants":
        ids = [(await assistants.new(metadata=marker))["assistant_id"] for _ in range(COUNT)]
        return Listing("POST", "/assistants/search", "assistant_id", ids, {"metadata": marker})
    if request.param == "runs":
        thread_id = await runs.new_thread()
        ids = [await create_pending_run(api, thread_id) for _ in range(COUNT)]
        return Listing("GET", f"/threads/{thread_id}/runs", "run_id", ids)
    made = (await assistants.new())["assistant_id"]
    for number in range(COUNT - 1):
        await assistants.patch(made, name=f"version {number}")
    return Listing("POST", f"/assistants/{made}/versions", "version", list(range(1, COUNT + 1)))


async def create_pending_run(api: Api, thread_id: str) -> Any:
    body = {"assistant_id": "echo", "input": {}, "after_seconds": NEVER_S}
    return expect(await api.post(f"/threads/{thread_id}/runs", json=body))["run_id"]


@requirement("SYS-26")
@pytest.mark.parametrize("listing", LISTS, indirect=True)
async def test_the_walk_visits_every_item_exactly_once(api: Api, listing: Listing) -> None:
    # 7 leaves a remainder; 5 fills the last page, which must not promise a next one.
    for limit, sizes in ((7, [7, 7, 7, 4]), (5, [5, 5, 5, 5, 5])):
        pages = await walk_pages(api, listing, limit)
        same(f"sizes of pages of {limit}", [len(each.ids) for each in pages], sizes)
        visits = Counter(id for each in pages for id in each.ids)
        same(f"visits in pages of {limit}", visits, Counter(listing.ids))


@requirement("SYS-26")
@pytest.mark.parametrize("listing", LISTS, indirect=True)
async def test_limit_and_offset_cut_out_of_the_same_list(api: Api, listing: Listing) -> None:
    whole = await read_page(api, listing, 100, 0)
    same("the next page of a whole list", whole.next, None)
    same(
        "the page at offset 3 of size 4", (await read_page(api, listing, 4, 3)).ids, whole.ids[3:7]
    )
    beyond = await read_page(api, listing, 4, COUNT)
    same("a page beyond the end", (beyond.ids, beyond.next), ([], None))


@requirement("SYS-27")
@pytest.mark.parametrize("listing", LISTS, indirect=True)
async def test_the_last_page_states_the_total(api: Api, listing: Listing) -> None:
    for limit in (7, 5):
        last = (await walk_pages(api, listing, limit))[-1]
        same(f"X-Pagination-Total of the last page of {limit}", last.total, COUNT)


@requirement("SYS-29", "LIM-02")
@pytest.mark.parametrize("path", SEARCHES)
@pytest.mark.parametrize("limit", [0, -1, 1001, 10**9])
async def test_a_page_size_outside_1_to_1000_is_422(api: Api, path: str, limit: int) -> None:
    expect_refusal(await api.post(path, json={"limit": limit}), 422)


@requirement("SYS-29", "LIM-02")
@pytest.mark.parametrize("path", SEARCHES)
async def test_pages_of_1_and_of_1000_are_served(api: Api, path: str, runs: Runs) -> None:
    await runs.new_thread()
    answers = await ask(api, [Probe("POST", path, {"json": {"limit": n}}) for n in (1, 1000)])
    (_, one), (_, many) = answers
    same("items on a page of 1", len(expect(one)), 1)
    assert len(expect(many)) <= 1000, f"{len(expect(many))} items are on a page of 1000"
