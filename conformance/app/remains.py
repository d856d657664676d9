"""What runs and threads have come to, as the API of the server shows it."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

import httpx

from onceproof.conformance.app.diagnosis import Fault
from onceproof.conformance.stacks.waiting import wait_until

OPEN = ("pending", "running")
_PAGE = 100
_ASK_S = 30.0
_EVERY_S = 0.1

Document = dict[str, Any]


class Remains:
    """What is left on the server at `url`; remembers which run it has seen ended, and how."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._ended: dict[str, str] = {}

    def inspect(self, since: datetime, wait_s: float) -> list[Fault]:
        """Return what is wrong with the threads touched since then and their runs.

        Those under way have `wait_s` seconds to end.
        """
        with httpx.Client(base_url=self._url, timeout=_ASK_S, trust_env=False) as client:
            wait_until(lambda: not list(_find_open(client, since)), wait_s, _EVERY_S)
            still = [
                Fault("open", f"it is still {run['status']} after {wait_s:g} s", run["run_id"])
                for run in _find_open(client, since)
            ]
            if still:
                return still
            return [*self._ended_twice(client, since), *_find_busy(client, since)]

    def _ended_twice(self, client: httpx.Client, since: datetime) -> Iterator[Fault]:
        for run in _list_runs(client, since):
            before = self._ended.setdefault(run["run_id"], run["status"])
            if before != run["status"]:
                text = f"it had ended as {before}, and is {run['status']} now: a run ends once"
                yield Fault("ended twice", text, run["run_id"])


def _find_open(client: httpx.Client, since: datetime) -> Iterator[Document]:
    return (run for run in _list_runs(client, since) if run["status"] in OPEN)


def _find_busy(client: httpx.Client, since: datetime) -> Iterator[Fault]:
    for thread in _list_threads(client, since):
        if thread["status"] == "busy":
            text = f"thread {thread['thread_id']} is busy, but none of its runs is under way"
            yield Fault("stuck", text)


def _list_runs(client: httpx.Client, since: datetime) -> Iterator[Document]:
    for thread in _list_threads(client, since):
        path, query = f"/threads/{thread['thread_id']}/runs", {"limit": _PAGE}
        answer = client.get(path, params=query)
        if answer.status_code != httpx.codes.NOT_FOUND:  # the test deleted it meanwhile
            runs = answer.raise_for_status().json()
            yield from (run for run in runs if _is_new(run["created_at"], since))


def _list_threads(client: httpx.Client, since: datetime) -> Iterator[Document]:
    order = {"sort_by": "updated_at", "sort_order": "desc"}
    for offset in count(0, _PAGE):
        query = {"limit": _PAGE, "offset": offset, **order}
        page = client.post("/threads/search", json=query).raise_for_status().json()
        new = [thread for thread in page if _is_new(thread["updated_at"], since)]
        yield from new
        if len(new) < _PAGE:
            return


def _is_new(stamp: str, since: datetime) -> bool:
    return datetime.fromisoformat(stamp) >= since
