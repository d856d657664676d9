"""How much a thread stores."""

from collections.abc import Iterator
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

PATH = "/threads/{thread_id}/storage"
SIZE = 20_000


@pytest.fixture
async def thread_id(runs: Runs, api: Api) -> str:
    """A thread of a target that has the route."""
    made = await runs.new_thread()
    response = await api.get(PATH.format(thread_id=made))
    if response.status_code in (404, 405) and not await claims(api, "GET", PATH):
        not_applicable("the target does not report the storage of threads")
    return made


def iterate_counts(body: dict[str, Any]) -> Iterator[int]:
    """Yield all byte counts except the total, however they are grouped."""
    for name, value in body.items():
        if isinstance(value, dict):
            yield from iterate_counts(value)
        elif name.endswith("bytes") and name != "total_bytes":
            yield value


@requirement("THR-28")
async def test_byte_counts_sum_to_the_total_and_grow_with_runs(
    runs: Runs, api: Api, thread_id: str, observe: Observed
) -> None:
    path, totals = PATH.format(thread_id=thread_id), []
    for _ in range(2):
        await runs.wait(thread_id, "big", {"size": SIZE})
        response = await api.get(path)
        if response.status_code == 501:
            observe("storage with a custom checkpointer: 501")
            return
        body = expect(response)
        same("the sum of the counts", sum(iterate_counts(body)), body["total_bytes"])
        totals.append(body["total_bytes"])
    assert 0 < totals[0] < totals[1], f"total_bytes should grow with runs, but is {totals}"
