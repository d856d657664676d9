"""Lists in pages: every item comes once, and no page promises more than there is."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.crons import PATH, Crons, has_crons
from onceproof.conformance.suite.kit.lists.pages import Listing, read_page, walk_pages
from onceproof.conformance.suite.kit.matrix import Probe, ask
from onceproof.conformance.suite.kit.verdicts import not_applicable, not_judged
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

__all__ = ["has_crons"]

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
    body = {"assistant_id": any_graph(), "input": {}, "after_seconds": NEVER_S}
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
    same("items on a page with room for all", len(whole.ids), COUNT)
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


# -- Items that are equal in what they are sorted by. A database may return equal rows in another
# order for each page: a walk then visits some of them twice and others never, unless the order
# goes on to something that no two items share.

ORDERS = ("asc", "desc")


@pytest.fixture
async def threads(runs: Runs) -> Listing:
    marker = {"ties": uuid4().hex}
    ids = [await runs.new_thread(metadata=marker) for _ in range(COUNT)]
    return Listing("POST", "/threads/search", "thread_id", ids, {"metadata": marker})


@pytest.fixture
async def namesakes(assistants: Assistants) -> Listing:
    marker = {"ties": uuid4().hex}
    made = [await assistants.new(name="namesake", metadata=marker) for _ in range(COUNT)]
    ids = [each["assistant_id"] for each in made]
    return Listing("POST", "/assistants/search", "assistant_id", ids, {"metadata": marker})


@pytest.fixture
async def crons(api: Api, has_crons: bool) -> AsyncIterator[Listing]:
    if not has_crons:
        not_applicable("the target has no crons, and does not claim to")
    marker = {"ties": uuid4().hex}
    async with Crons(api) as made:
        ids = [(await made.new(metadata=marker))["cron_id"] for _ in range(COUNT)]
        yield Listing("POST", f"{PATH}/search", "cron_id", ids, {"metadata": marker})


async def check_walk(api: Api, listing: Listing, field: str, order: str) -> None:
    """Check that a walk in this order visits each item once, if the server sorts by the field."""
    by_field = {**listing.query, "sort_by": field, "sort_order": order}
    response = await api.request(listing.method, listing.path, json=by_field)
    if response.is_client_error:
        not_judged(
            f"{listing.path} answers {response.status_code} to sort_by {field!r}, so nothing is "
            "sorted by it: a server that sorts by it would have this judged"
        )
    pages = await walk_pages(api, replace(listing, query=by_field), 4)
    visits = Counter(id for each in pages for id in each.ids)
    wrong = {id: visits[id] for id in {*listing.ids, *visits} if visits[id] != 1}
    same(f"visits other than one each, sorted by {field} ({order})", wrong, {})


@requirement("SYS-26")
@pytest.mark.parametrize("order", ORDERS)
async def test_a_walk_over_threads_of_equal_status_visits_each_once(
    api: Api, threads: Listing, order: str
) -> None:
    await check_walk(api, threads, "status", order)


@requirement("SYS-26")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("field", ["name", "graph_id"])
async def test_a_walk_over_assistants_that_are_alike_visits_each_once(
    api: Api, namesakes: Listing, field: str, order: str
) -> None:
    await check_walk(api, namesakes, field, order)


@requirement("SYS-26")
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("field", ["next_run_date", "assistant_id", "end_time"])
async def test_a_walk_over_crons_that_are_alike_visits_each_once(
    api: Api, crons: Listing, field: str, order: str
) -> None:
    await check_walk(api, crons, field, order)
