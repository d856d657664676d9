"""Threads in every possible state, marked so that those of other clients are not found."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from onceproof.conformance.suite.kit.assertions import expect
from onceproof.conformance.suite.kit.lists.pages import find_next_page
from onceproof.conformance.suite.kit.reads import read_thread
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs


@dataclass(frozen=True)
class Dataset:
    """Five threads by name: `plain`, `done`, `asked`, `failed` and `waiting` (for its run)."""

    api: Api
    marker: str
    ids: dict[str, str]
    done_nonce: str

    async def search(self, metadata: dict[str, Any] | None = None, **wanted: Any) -> list[str]:
        """Search this set, and return the names of the threads on one page, in its order."""
        names = {thread_id: name for name, thread_id in self.ids.items()}
        found = expect(
            await self.api.post("/threads/search", json=self.make_body(metadata, **wanted))
        )
        return [names.get(each["thread_id"], each["thread_id"]) for each in found]

    async def walk(self, page: int, **wanted: Any) -> list[str]:
        """Walk the pages of a search and return the ids of all matches; endless pages are cut."""
        found: list[str] = []
        offset: int | None = 0
        while offset is not None and len(found) <= len(self.ids):
            body = self.make_body(**wanted) | {"limit": page, "offset": offset}
            response = await self.api.post("/threads/search", json=body)
            found += [each["thread_id"] for each in expect(response)]
            offset = find_next_page(response, offset, page)
        return found

    async def read_all(self) -> dict[str, dict[str, Any]]:
        """Read every thread of the set, one by one."""
        return {
            name: await read_thread(self.api, thread_id) for name, thread_id in self.ids.items()
        }

    def make_body(self, metadata: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
        """Make the body of a request for threads of this set only."""
        return {"metadata": {"marker": self.marker, **(metadata or {})}, **wanted}


async def make_dataset(runs: Runs) -> Dataset:
    """Create the threads so that they sort differently by each of their times."""
    marker = uuid4().hex
    ids = {
        name: await runs.new_thread(metadata=_metadata(marker, name))
        for name in ("plain", "waiting", "failed", "asked", "done")
    }
    handle, _ = await runs.wait(ids["done"], "chain", {"steps": 2})
    await runs.wait(ids["asked"], "hitl", {})
    await runs.wait(ids["failed"], "fail", {})
    await runs.create(ids["waiting"], "echo", {}, after_seconds=600)
    for name in ("asked", "plain"):
        body = {"metadata": {"patched": True}}
        expect(await runs.api.patch(f"/threads/{ids[name]}", json=body))
    return Dataset(runs.api, marker, ids, handle.nonce)


def _metadata(marker: str, name: str) -> dict[str, Any]:
    nested = {"name": name, "list": [1, name]}
    return {"marker": marker, "name": name, "nested": nested, "ran": name in ("done", "failed")}
