"""How long one hostile request keeps a server from answering everybody else.

    python -m tests.reference_impl.bench_requests [MEGABYTES]

Sends to each route that takes a body the largest one that it allows, in each hostile shape, and
asks each route with a wide answer for all of it; beside it another process asks `/ok` of the same
server process, over and over. Prints the longest delay of an answer to `/ok`, in ms, for each
shape over all routes and for each wide answer, beside that of an idle server in the same run.
"""

import contextlib
import http.client
import json
import multiprocessing as mp
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from onceproof.conformance import probes
from onceproof.conformance.stacks import open_stack
from onceproof.conformance.stacks.ports import free_port
from onceproof.reference_impl.settings import Settings

LIMIT_MS = 100
LOUD = "--loud" in sys.argv
THREADS = 1_000
STATES = 200
#: What each of these threads holds: a wide answer is some 100 MB.
VALUES = {"log": [{"i": i, "text": "x" * 80} for i in range(1_000)]}
PAUSE_S = 0.002
#: The longest body that the default settings allow.
DEFAULT_BYTES: int = Settings.model_fields["max_body_bytes"].default
PROBES = Path(probes.__file__).parent / "langgraph.json"

#: Fields that take any JSON of a client, and what stands before the one that holds a shape.
DATA = ("input", "metadata", "values", "value", "context", "filter", "namespace", "ids")
KNOWN = '{"assistant_id":"echo","graph_id":"echo","namespace":["b"],"key":"k",'

#: Longer answers are those of requests that wait for a run, which nobody executes here.
PATIENCE_S = 20

Shape = Callable[[int], str]

SHAPES: dict[str, Shape] = {
    "small lists": lambda size: "[" + "[]," * (size // 3) + "[]]",
    "small objects": lambda size: "[" + '{"a":0},' * (size // 8) + "0]",
    "keys": lambda size: "{" + ",".join(f'"{i:07}":0' for i in range(size // 12)) + "}",
    "numbers": lambda size: "[" + "0.123," * (size // 6) + "0]",
    "huge integer": lambda size: "9" * size,
    "one text": lambda size: '"' + "x" * size + '"',
    "escapes": lambda size: '"' + '\\"\\\\' * (size // 4) + '"',
    "NULs in a text": lambda size: '"' + "\\u0000" * (size // 6) + '"',
    "NULs": lambda size: "[" + '"\\u0000",' * (size // 9) + "0]",
    "deep": lambda size: "[" * (size // 2) + "]" * (size // 2),
}


def ask_ok(port: int, worst_ms: Any, stop: Any) -> None:
    """Ask `/ok` until `stop`, and keep the longest delay."""
    while not stop.is_set():
        began = time.perf_counter()
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/ok")
            connection.getresponse().read()
            connection.close()
        delay_ms = 1000 * (time.perf_counter() - began)
        worst_ms.value = max(worst_ms.value, delay_ms)
        stop.wait(PAUSE_S)


class Watch:
    """Asks `/ok` from a process of its own, all the time."""

    def __init__(self, port: int):
        self._worst_ms = mp.Value("d", 0.0)
        self._stop = mp.Event()
        arguments = (port, self._worst_ms, self._stop)
        self._process = mp.Process(target=ask_ok, args=arguments, daemon=True)
        self._process.start()

    def measure(self, act: Callable[[], object]) -> float:
        """Return the longest delay while `act` runs, in ms."""
        time.sleep(2 * PAUSE_S)
        self._worst_ms.value = 0.0
        act()
        time.sleep(2 * PAUSE_S)
        return float(self._worst_ms.value)

    def close(self) -> None:
        self._stop.set()
        self._process.join(timeout=70)


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[tuple[int, httpx.Client]]:
    """Start Postgres, Redis and one process that serves HTTP and executes nothing."""
    port = free_port()
    with open_stack("embedded", folder, {}) as stack:
        env = {
            **os.environ,
            "DATABASE_URI": stack.add_database(f"bench_{uuid4().hex[:8]}"),
            "REDIS_URI": stack.redis_uri,
            "LANGGRAPH_CONFIG_PATH": str(PROBES),
        }
        command = [sys.executable, "-m", "onceproof.reference_impl", "--role", "api"]
        process = subprocess.Popen(
            [*command, "--port", str(port)], env=env, cwd=folder, stderr=subprocess.DEVNULL
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S) as client:
                await_start(client)
                yield port, client
        finally:
            process.terminate()
            process.wait(timeout=30)


def await_start(client: httpx.Client) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            client.get("/ok").raise_for_status()
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def fill(client: httpx.Client) -> dict[str, str]:
    """Make many threads with large values, and a long history of one; return ids for paths."""
    assistant = client.post("/assistants", json={"graph_id": "echo"}).json()["assistant_id"]
    step = {"updates": [{"values": {"context": VALUES}, "as_node": "echo"}]}
    for number in range(THREADS):
        body = {"metadata": {"graph_id": "echo"}, "supersteps": [step]}
        made = client.post("/threads", json=body).raise_for_status().json()
        item = {"namespace": ["bench"], "key": str(number), "value": VALUES}
        client.put("/store/items", json=item).raise_for_status()
    update = {"values": {"context": VALUES}, "as_node": "echo"}
    for _ in range(STATES):
        client.post(f"/threads/{made['thread_id']}/state", json=update).raise_for_status()
    return {"thread_id": made["thread_id"], "assistant_id": assistant}


def list_requests(client: httpx.Client, ids: dict[str, str]) -> list[tuple[str, str, str]]:
    """List (method, path, text before the shape) for each field that takes any JSON."""
    document = client.get("/openapi.json").json()
    known = {**ids, "run_id": str(uuid4()), "cron_id": str(uuid4())}
    found = [("POST", "/threads", "")]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for field in fields_of(operation.get("requestBody"), document):
                found.append((method.upper(), path.format_map(known), KNOWN + f'"{field}":'))
    return found


def fields_of(body: Any, document: Any) -> list[str]:
    """Return the fields of a request's body that a client may fill with data of its own."""
    if body is None:
        return []
    schema = body["content"]["application/json"]["schema"]
    name = schema.get("$ref", "").rpartition("/")[2]
    properties = document["components"]["schemas"].get(name, schema).get("properties", {})
    return [field for field in DATA if field in properties]


WIDE = {
    "search of 1,000 threads": ("POST", "/threads/search", {"limit": 1000}),
    "10 paths of 32 steps in each": (
        "POST",
        "/threads/search",
        {"limit": 1000, "extract": {f"a{i}": "values" + ".a" * 31 for i in range(10)}},
    ),
    "history of 200 states": ("POST", "/threads/{thread_id}/history", {"limit": 1000}),
    "search of 1,000 items": ("POST", "/store/items/search", {"limit": 1000}),
    "batch of runs": ("POST", "/runs/batch", [{"assistant_id": "echo", "input": {}}] * 3_000),
    "prune of 20,000 ids": (
        "POST",
        "/threads/prune",
        {"thread_ids": [str(uuid4()) for _ in range(20_000)]},
    ),
    "2,000 conditions": (
        "POST",
        "/threads/search",
        {"metadata": {f"key{i}": i for i in range(2_000)}},
    ),
}


def send(client: httpx.Client, method: str, path: str, content: bytes) -> None:
    """Send one request and read its answer, or as much as comes of one that waits for a run."""
    deadline = time.monotonic() + PATIENCE_S
    with (
        contextlib.suppress(httpx.TransportError),
        client.stream(method, path, content=content) as response,
    ):
        for _ in response.iter_raw():
            if time.monotonic() > deadline or "wait" in path or "stream" in path:
                break


def measure_shapes(client: httpx.Client, watch: Watch, ids: dict[str, str], size: int) -> None:
    """Print the worst of each shape over all places where a client may put it."""
    requests = list_requests(client, ids)
    print(f"{len(requests)} places, {size / 1024**2:g} MB", flush=True)
    for name, shape in SHAPES.items():
        text, worst = shape(size - 400), (0.0, "")
        for method, path, before in requests:
            body = (before + text + "}" * bool(before)).encode()
            spent_ms = watch.measure(partial(send, client, method, path, body))
            if LOUD:
                print(f"    {name} {method} {path} {before[-12:]} {spent_ms:.0f}", flush=True)
            worst = max(worst, (spent_ms, f"{method} {path} {before[len(KNOWN) :]}"))
        report(name, *worst)


def report(name: str, spent_ms: float, where: str) -> None:
    mark = "" if spent_ms <= LIMIT_MS else "  TOO LONG"
    print(f"{name:32} {spent_ms:7.0f} ms  {where}{mark}", flush=True)


def main() -> None:
    size = int(float(sys.argv[1]) * 1024**2) if len(sys.argv) > 1 else DEFAULT_BYTES
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as (port, client):
        ids = fill(client)
        watch = Watch(port)
        report("idle", watch.measure(lambda: time.sleep(3)), "")
        for name, (method, path, value) in WIDE.items():
            ask = partial(send, client, method, path.format_map(ids), json.dumps(value).encode())
            report(name, watch.measure(ask), f"{method} {path}")
        measure_shapes(client, watch, ids, size)
        watch.close()


if __name__ == "__main__":
    main()
