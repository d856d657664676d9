"""No thread is busy without a run: an invariant, to be asked for at the end of any test.

    await expect_no_ghosts(api, [thread_id])   after what may have left one behind
    await expect_no_ghosts(api)                over every thread that the target shows as busy

A ghost is a thread that was shown as busy between two looks at its runs, both of which found the
same runs and all of them ended. A run that has ended stays so, therefore nothing was under way
when the thread was read: the sandwich accuses nobody for what merely happened in between, so that
other clients may work on the same target meanwhile.
"""

from collections.abc import AsyncIterator, Iterable

from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.wire.client import Api

PAGE = 100
NEXT = "x-pagination-next"


async def expect_no_ghosts(api: Api, thread_ids: Iterable[str] | None = None) -> None:
    """Assert that none of these threads, or of all, is busy without a pending or running run."""
    __tracebackhide__ = True
    found = await find_ghosts(api, thread_ids)
    if found:
        raise AssertionError(
            f"{len(found)} threads are busy, but have neither a pending nor a running run: "
            + ", ".join(found[:8])
        )


async def find_ghosts(api: Api, thread_ids: Iterable[str] | None = None) -> list[str]:
    """Return the threads among these, or among all, that are busy without a run."""
    asked = [each async for each in _busy(api)] if thread_ids is None else list(thread_ids)
    return [thread_id for thread_id in asked if await _is_ghost(api, thread_id)]


async def _is_ghost(api: Api, thread_id: str) -> bool:
    before = await _runs(api, thread_id)
    while all(status in TERMINAL for status in before.values()):
        thread = await api.get(f"/threads/{thread_id}")
        if thread.status_code == 404 or expect(thread)["status"] != "busy":
            return False
        after = await _runs(api, thread_id)
        if after == before:
            return True
        before = after
    return False


async def _runs(api: Api, thread_id: str) -> dict[str, str]:
    """The status of each run of a thread; no runs of a thread that is gone."""
    response = await api.get(f"/threads/{thread_id}/runs", params={"limit": 1000})
    if response.status_code == 404:
        return {}
    return {run["run_id"]: run["status"] for run in expect(response)}


async def _busy(api: Api) -> AsyncIterator[str]:
    """Every busy thread, once; pages move while others work, and need not come to an end."""
    seen: set[str] = set()
    offset: str | None = "0"
    while offset is not None:
        body = {"status": "busy", "limit": PAGE, "offset": int(offset), "select": ["thread_id"]}
        response = await api.post("/threads/search", json=body)
        fresh = {thread["thread_id"] for thread in expect(response)} - seen
        for thread_id in fresh:
            yield thread_id
        seen |= fresh
        offset = response.headers.get(NEXT) if fresh else None
