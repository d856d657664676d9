"""Pages of lists whose items are equal in what they are sorted by.

A database may return equal rows in a different order for each page, so that a walk visits some of
them twice and others never, unless the order goes on to something that no two items share.
"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.crons import PATH, Crons, has_crons
from onceproof.conformance.suite.kit.verdicts import not_applicable, not_judged
from onceproof.conformance.suite.system.pages import Listing, walk_pages
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

__all__ = ["has_crons"]

COUNT = 25
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
