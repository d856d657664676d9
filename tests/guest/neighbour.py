"""Somebody else who lives on a server: threads, runs, crons, assistants and items of the store.

`move_in` makes them, `live` adds more while something else goes on, and `look` reads all that any
of them shows. It speaks HTTP by itself: nothing of the harness marks what it makes.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

#: Things that resemble the mark, each lacking a part of it.
ALMOST: tuple[dict[str, str], ...] = (
    {"onceproof": "guest"},
    {"onceproof": "notes on it", "onceproof_run": "abc"},
    {"onceproof_run": "abc"},
)
NAMESPACES = (["notes"], ["onceproof"], ["onceproof_runs", "abc"], ["a", "onceproof_run", "abc"])
AT_ONCE = 8
RESTING = "0 0 1 1 *"


@dataclass
class Neighbour:
    """Its ids; everything in the state of its threads can be predicted by nobody else."""

    url: str
    threads: list[str] = field(default_factory=list)
    assistants: list[str] = field(default_factory=list)
    items: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    crons: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._client = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        self._pool = ThreadPoolExecutor(AT_ONCE)

    def close(self) -> None:
        self._pool.shutdown()
        self._client.close()

    def move_in(self, threads: int) -> None:
        """Make threads with a finished run, every tenth with one that is due later, and the rest.

        What is due later is hit by whoever cancels by status.
        """
        list(self._pool.map(self._make_thread, range(threads)))
        for metadata in ALMOST:
            body = {"graph_id": "echo", "metadata": metadata}
            self.assistants.append(self._post("/assistants", body)["assistant_id"])
            body = {"assistant_id": "echo", "schedule": RESTING, "metadata": metadata}
            self.crons.append(self._post("/runs/crons", body)["cron_id"])
        for namespace in NAMESPACES:
            self._put(namespace, uuid4().hex)

    @contextmanager
    def live(self, pause_s: float = 0.05) -> Iterator[None]:
        """Go on making threads, runs and items during the block, and demand that the runs do well.

        Their ids are known afterwards as those of the others are.
        """
        stop = threading.Event()
        living = threading.Thread(target=self._live, args=(stop, pause_s))
        living.start()
        try:
            yield
        finally:
            stop.set()
            living.join(60)

    def look(self) -> dict[str, Any]:
        """Read everything that is its own, as it is shown now."""
        seen: dict[str, Any] = {}
        for part in self._pool.map(self._look_at_thread, list(self.threads)):
            seen |= part
        for assistant_id in self.assistants:
            seen[f"assistant {assistant_id}"] = self._get(f"/assistants/{assistant_id}")
        listed = self._client.post("/runs/crons/search", json={"limit": 1000}).json()
        crons = {each["cron_id"]: each for each in listed}
        seen |= {f"cron {cron_id}": crons.get(cron_id) for cron_id in self.crons}
        for namespace, key in self.items:
            where = {"namespace": ".".join(namespace), "key": key}
            item = self._client.get("/store/items", params=where).json()
            seen[f"item {where}"] = item
        return seen

    def find_strangers(self) -> list[str]:
        """Find everything on the server that is not its own, nor of the server itself.

        Threads of runs without one are no concern of ours once they are gone by themselves.
        """
        found = [
            *self._list("thread", "/threads/search", "thread_id", self.threads),
            *self._list("assistant", "/assistants/search", "assistant_id", self.assistants),
            *self._list("cron", "/runs/crons/search", "cron_id", self.crons),
        ]
        items = self._page("/store/items/search", {"namespace_prefix": []})
        known = set(self.items)
        found += [
            f"item {each['namespace']} {each['key']}"
            for each in items
            if (tuple(each["namespace"]), each["key"]) not in known
        ]
        return found

    def _list(self, kind: str, path: str, name: str, own: list[str]) -> Iterator[str]:
        for each in self._page(path, {}):
            of_server = (each.get("metadata") or {}).get("created_by") == "system"
            if each[name] not in own and not of_server:
                yield f"{kind} {each[name]} {each.get('metadata')}"

    def _page(self, path: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for offset in range(0, 100_000, 100):
            shown = self._client.post(path, json={**body, "limit": 100, "offset": offset}).json()
            rows = shown["items"] if isinstance(shown, dict) else shown
            yield from rows
            if len(rows) < 100:
                return

    def _live(self, stop: threading.Event, pause_s: float) -> None:
        number, visit = 0, uuid4().hex
        while not stop.is_set():
            number += 1
            self._make_thread(number)
            self._put(["arriving", visit, str(number)], "k")
            stop.wait(pause_s)

    def _make_thread(self, number: int) -> None:
        metadata = {"owner": "neighbour", **(ALMOST[number % 3] if number % 5 == 0 else {})}
        thread_id: str = self._post("/threads", {"metadata": metadata})["thread_id"]
        self.threads.append(thread_id)
        body = {"assistant_id": "echo", "input": {"text": uuid4().hex}}
        values = self._post(f"/threads/{thread_id}/runs/wait", body)
        if values.get("text") != body["input"]["text"]:  # type: ignore[index]
            self.complaints.append(f"a run of thread {thread_id} gave {values}")
        if number % 10 == 0:
            self._post(f"/threads/{thread_id}/runs", {**body, "after_seconds": 3600})

    def _put(self, namespace: list[str], key: str) -> None:
        body = {"namespace": namespace, "key": key, "value": {"of": "the neighbour"}}
        self._client.put("/store/items", json=body).raise_for_status()
        self.items.append((tuple(namespace), key))

    def _look_at_thread(self, thread_id: str) -> dict[str, Any]:
        path = f"/threads/{thread_id}"
        views = {"thread": path, "state": f"{path}/state", "runs": f"{path}/runs"}
        history = self._client.post(f"{path}/history", json={"limit": 100})
        seen = {f"{name} {thread_id}": self._get(view) for name, view in views.items()}
        return {**seen, f"history {thread_id}": history.json()}

    def _get(self, path: str) -> Any:
        response = self._client.get(path)
        return response.json() if response.is_success else response.status_code

    def _post(self, path: str, body: object) -> dict[str, Any]:
        response = self._client.post(path, json=body)
        if not response.is_success:
            self.complaints.append(f"{path}: {response.status_code} {response.text[:200]}")
            response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer


def find_changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return a line for each thing that is not as it was."""
    return [
        f"{name}: {str(was)[:150]} became {str(after.get(name))[:150]}"
        for name, was in before.items()
        if after.get(name) != was
    ]
