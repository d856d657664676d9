"""A small Agent Server in memory, served by uvicorn in a thread, with defects on demand.

It speaks just enough of the API for the wire and the load generator to be tested without the
reference server, and it can do what a good server never does: cut a connection after the work
is done, forget a run that it accepted, execute one twice.
"""

import asyncio
import socket
import threading
import time
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from uuid import uuid4

import orjson
import uvicorn
from starlette.responses import Response

TERMINAL = {"success", "error", "interrupted"}


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(orjson.dumps(body), status, named, "application/json")


def refuse(status: int, detail: str) -> Response:
    return answer({"detail": detail}, status)


@dataclass
class Run:
    run_id: str
    thread_id: str
    kwargs: dict[str, Any]
    status: str = "pending"
    events: list[tuple[str, Any]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def body(self) -> dict[str, Any]:
        kept = {"run_id": self.run_id, "thread_id": self.thread_id, "status": self.status}
        return {**kept, "kwargs": self.kwargs, "metadata": self.kwargs.get("metadata") or {}}

    def tell(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()

    async def over(self) -> None:
        while self.status not in TERMINAL:
            await self.changed.wait()


class StandIn:
    """State and behaviour; `forget` and `repeat` name runs by the order of their acceptance."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.threads: dict[str, dict[str, Any]] = {}
        self.runs: dict[str, Run] = {}
        self.chains: dict[str, list[dict[str, Any]]] = {}
        self.accepted = 0
        self.forget: set[int] = set()
        self.repeat: set[int] = set()
        self.skip_event: set[int] = set()
        self.token = 0

    def make_thread(self, thread_id: str | None = None) -> str:
        thread_id = thread_id or str(uuid4())
        self.threads.setdefault(thread_id, {"log": []})
        return thread_id

    def accept(self, thread_id: str, body: dict[str, Any]) -> Run:
        run = Run(str(uuid4()), thread_id, body)
        self.accepted += 1
        if self.accepted not in self.forget:
            self.runs[run.run_id] = run
            work = self.execute(run, self.accepted, self.threads[thread_id]["log"])
            run.task = asyncio.get_running_loop().create_task(work)
        return run

    async def execute(self, run: Run, number: int, log: list[dict[str, Any]]) -> None:
        given = run.kwargs.get("input") or {}
        run.status = "running"
        run.events.append(("metadata", {"run_id": run.run_id, "attempt": 1}))
        await asyncio.sleep(given.get("sleep_ms", 0) / 1000)
        if run.kwargs["assistant_id"] == "ticks":
            await self.tick(run, given, number)
        elif run.kwargs["assistant_id"] == "fail":
            run.events.append(("error", {"error": "ValueError", "message": "boom"}))
        else:
            for _ in range(2 if number in self.repeat else 1):
                self.token += 1
                entry = {"nonce": given.get("nonce"), "i": 0, "token": self.token}
                log.append(entry)
                self.commit(run, number)
        run.status = "error" if run.kwargs["assistant_id"] == "fail" else "success"
        run.tell()

    def commit(self, run: Run, step: int) -> None:
        chain = self.chains.setdefault(run.thread_id, [])
        here, parent = {"checkpoint_id": str(uuid4())}, chain[-1]["checkpoint"] if chain else None
        source = "loop" if any(each["metadata"]["step"] == step for each in chain) else "input"
        metadata = {"run_id": run.run_id, "step": step, "source": source}
        chain.append({"checkpoint": here, "parent_checkpoint": parent, "metadata": metadata})

    async def tick(self, run: Run, given: dict[str, Any], number: int) -> None:
        self.token += 1
        token, h, total = self.token, "", given.get("total", 10)
        for seq in range(total):
            h = blake2b(f"{h}{given['nonce']}{seq}".encode(), digest_size=8).hexdigest()
            tick = {"nonce": given["nonce"], "token": token, "seq": seq, "total": total, "h": h}
            if not (number in self.skip_event and seq == total // 2):
                run.events.append(("custom", tick))
                run.tell()
            await asyncio.sleep(given.get("pause_ms", 0) / 1000)

    def values(self, run: Run) -> dict[str, Any]:
        if run.kwargs["assistant_id"] == "fail":
            return {"__error__": {"error": "ValueError", "message": "boom"}}
        given = run.kwargs.get("input") or {}
        return {"nonce": given.get("nonce"), "log": self.threads[run.thread_id]["log"]}


class Served:
    """An ASGI application on a free port of this machine, in a thread of its own."""

    def __init__(self, app: Any) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_keep_alive=30)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    def __enter__(self) -> "Served":
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < deadline, "the stand-in server did not start"
            time.sleep(0.005)
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()
        self._socket.close()
