"""A small Agent Server in memory, served by uvicorn in a thread, with defects on demand.

It speaks just enough of the API for the wire and the load generator to be tested without the
reference server, and it can do what a good server never does: cut a connection after the work
is done, forget a run that it accepted, execute one twice.
"""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from uuid import uuid4

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

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
        return {**kept, "kwargs": self.kwargs}

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
        run.status = "error" if run.kwargs["assistant_id"] == "fail" else "success"
        run.tell()

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


def cut_connection(request: Request) -> Response:
    """Drop the TCP connection without an answer."""
    request.receive.__self__.transport.abort()  # type: ignore[attr-defined]
    return Response()


def build(state: StandIn) -> Starlette:
    """The application over `state`."""

    async def new_thread(request: Request) -> Response:
        body = orjson.loads(await request.body() or b"{}")
        thread_id = state.make_thread(body.get("thread_id"))
        return answer({"thread_id": thread_id, "status": "idle"})

    async def thread(request: Request) -> Response:
        thread_id = request.path_params["t"]
        if thread_id not in state.threads:
            return refuse(404, f"thread {thread_id} not found")
        if request.method == "DELETE":
            del state.threads[thread_id]
            return Response(status_code=204)
        return answer({"thread_id": thread_id, "status": "idle"})

    async def thread_state(request: Request) -> Response:
        if request.path_params["t"] not in state.threads:
            return refuse(404, "thread not found")
        return answer({"values": state.threads[request.path_params["t"]]})

    async def create(request: Request) -> Response:
        body = orjson.loads(await request.body())
        thread_id = request.path_params.get("t")
        defect = (body.get("input") or {}).get("defect")
        problem = _problem(thread_id, body, defect)
        if problem is not None:
            return problem
        run = state.accept(state.make_thread(thread_id), body)
        if defect == "late-ack":
            await asyncio.sleep(0.5)
        if defect == "lost-ack":
            return cut_connection(request)
        if defect == "no-ids":
            return answer({})
        return await _respond(request, run)

    def _problem(thread_id: str | None, body: Any, defect: str | None) -> Response | None:
        known = thread_id is None or thread_id in state.threads
        if not known and body.get("if_not_exists") != "create":
            return refuse(404, f"thread {thread_id} not found")
        if body.get("multitask_strategy") == "reject" and any(
            run.thread_id == thread_id and run.status not in TERMINAL for run in state.runs.values()
        ):
            return refuse(409, "thread is busy")
        return refuse(500, "internal error") if defect == "error-500" else None

    async def _respond(request: Request, run: Run) -> Response:
        here = f"/threads/{run.thread_id}/runs/{run.run_id}"
        kind = request.url.path.rsplit("/", 1)[-1]
        if kind == "runs":
            return answer(run.body(), content_location=here)
        headers = {"content-location": here, "location": f"{here}/{kind}"}
        if kind == "wait":
            return StreamingResponse(result(run), headers=headers, media_type="application/json")
        return StreamingResponse(frames(run, 0), headers=headers, media_type="text/event-stream")

    async def result(run: Run) -> AsyncIterator[bytes]:
        yield b"\n"
        if (run.kwargs.get("input") or {}).get("defect") == "cut-result":
            raise ConnectionError
        await run.over()
        yield orjson.dumps(state.values(run))

    async def frames(run: Run, start: int) -> AsyncIterator[bytes]:
        position = start
        while True:
            changed = run.changed
            for number, (name, data) in enumerate(run.events[position:], position):
                event = b"event: %s\r\ndata: %s\r\n" % (name.encode(), orjson.dumps(data))
                if run.kwargs.get("stream_resumable"):
                    event += b"id: %d-0\r\n" % (number + 1)
                yield event + b"\r\n"
            position = len(run.events)
            if run.status in TERMINAL:
                return
            await changed.wait()

    async def batch(request: Request) -> Response:
        bodies = orjson.loads(await request.body())
        if not bodies:
            return refuse(422, "at least one run is needed")
        return answer([state.accept(state.make_thread(), body).body() for body in bodies])

    async def list_runs(request: Request) -> Response:
        if request.path_params["t"] not in state.threads:
            return refuse(404, "thread not found")
        runs = [r for r in state.runs.values() if r.thread_id == request.path_params["t"]]
        return answer([run.body() for run in reversed(runs)])

    async def one_run(request: Request) -> Response:
        run = state.runs.get(request.path_params["r"])
        if run is None:
            return refuse(404, f"run {request.path_params['r']} not found")
        if request.method == "DELETE":
            del state.runs[run.run_id]
            return Response(status_code=204)
        return answer(run.body())

    async def part(request: Request) -> Response:
        run = state.runs.get(request.path_params["r"])
        if run is None:
            return refuse(404, f"run {request.path_params['r']} not found")
        if request.path_params["part"] == "join":
            return StreamingResponse(result(run), media_type="application/json")
        after = request.headers.get("last-event-id")
        start = len(run.events) if after is None else int(after.split("-")[0] or 0)
        return StreamingResponse(frames(run, start), media_type="text/event-stream")

    async def cancel(request: Request) -> Response:
        run = state.runs.get(request.path_params["r"])
        if run is None or run.status in TERMINAL or run.task is None:
            return refuse(409, "run is not active")
        run.task.cancel()
        run.status = "interrupted"
        run.tell()
        return Response(status_code=202)

    return Starlette(
        routes=[
            Route("/threads", new_thread, methods=["POST"]),
            Route("/threads/{t}", thread, methods=["GET", "DELETE"]),
            Route("/threads/{t}/state", thread_state),
            Route("/runs/batch", batch, methods=["POST"]),
            *(
                Route(prefix + path, create, methods=["POST"])
                for prefix in ("", "/threads/{t}")
                for path in ("/runs", "/runs/wait", "/runs/stream")
            ),
            Route("/threads/{t}/runs", list_runs),
            Route("/threads/{t}/runs/{r}", one_run, methods=["GET", "DELETE"]),
            Route("/threads/{t}/runs/{r}/cancel", cancel, methods=["POST"]),
            Route("/threads/{t}/runs/{r}/{part}", part),
        ]
    )


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
