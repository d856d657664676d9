"""Search and count over our threads, by the mark that they carry."""

from typing import Any

import httpx

from onceproof.conformance.field.driver.watch import Watch
from onceproof.conformance.field.words import MARK
from onceproof.conformance.history.values import Json
from onceproof.conformance.wire.sanitise import fields, number, text

PAGE, ALL = 7, 1_000
STATUSES = ("idle", "interrupted", "error", "busy")


async def read_lists(watch: Watch) -> None:
    """Read every list of our threads that the target answers."""
    for replica in range(watch.replicas):
        await _search(watch, replica, {}, f"search by mark on replica {replica}")
        await _count(watch, replica)
    await _search_pages(watch)
    for status in STATUSES:
        await _search(watch, 0, {"status": status}, f"search for {status} threads")


async def _search(watch: Watch, replica: int, more: Json, key: str) -> None:
    shown = await _ask(watch, "search", replica, {"limit": ALL, **more})
    if isinstance(shown, list):
        watch.note("ok", "list.threads", key, {**more, "ids": _ids(shown)})


async def _search_pages(watch: Watch) -> None:
    ids: list[str] = []
    for page in range(ALL // PAGE):
        asked = {"limit": PAGE, "offset": page * PAGE, "sort_by": "thread_id"}
        shown = await _ask(watch, "search", page % watch.replicas, asked)
        if not isinstance(shown, list):
            return
        ids += _ids(shown)
        if len(shown) < PAGE:
            break
    watch.note("ok", "list.threads", f"search in pages of {PAGE}", {"ids": ids})


async def _count(watch: Watch, replica: int) -> None:
    counted = number(await _ask(watch, "count", replica, {}))
    if counted is not None:
        watch.note("ok", "list.count", f"count on replica {replica}", {"count": counted})


async def _ask(watch: Watch, what: str, replica: int, more: Json) -> Any:
    """Return what is answered, None for a refusal: not every server has every list."""
    body = {"metadata": {MARK: watch.nonce}, **more}
    try:
        answer = await watch.api.post(f"/threads/{what}", json=body, at=replica)
        return answer.json() if answer.is_success else None
    except (httpx.TransportError, ValueError):
        return None


def _ids(shown: list[Any]) -> list[str]:
    return [text(fields(each).get("thread_id")) or "" for each in shown]
