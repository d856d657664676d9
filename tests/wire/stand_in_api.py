"""The HTTP API of the stand-in: what each endpoint answers, and the defects a request asks for."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.wire.stand_in import TERMINAL, Run, StandIn, answer, refuse


def build(state: StandIn) -> Starlette:
    """The application over `state`."""
    return Starlette(routes=Endpoints(state).routes)


def cut_connection(request: Request) -> Response:
    """Drop the TCP connection without an answer."""
    request.receive.__self__.transport.abort()  # type: ignore[attr-defined]
    return Response()


class Endpoints:
    """All of them, over one state."""

    def __init__(self, state: StandIn) -> None:
        self.state = state

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/ok", self.ok),
            Route("/threads", self.new_thread, methods=["POST"]),
            Route("/threads/{t}", self.thread, methods=["GET", "DELETE"]),
            Route("/threads/{t}/state", self.thread_state),
            Route("/threads/{t}/history", self.history),
            Route("/runs/batch", self.batch, methods=["POST"]),
            *(
                Route(prefix + path, self.create, methods=["POST"])
                for prefix in ("", "/threads/{t}")
                for path in ("/runs", "/runs/wait", "/runs/stream")
            ),
            Route("/threads/{t}/runs", self.list_runs),
            Route("/threads/{t}/runs/{r}", self.one_run, methods=["GET", "DELETE"]),
            Route("/threads/{t}/runs/{r}/cancel", self.cancel, methods=["POST"]),
            Route("/threads/{t}/runs/{r}/{part}", self.part),
        ]

    async def ok(self, request: Request) -> Response:
        return answer({"ok": True})

    async def new_thread(self, request: Request) -> Response:
        body = orjson.loads(await request.body() or b"{}")
        thread_id = self.state.make_thread(body.get("thread_id"))
        return answer({"thread_id": thread_id, "status": "idle"})

    async def thread(self, request: Request) -> Response:
        thread_id = request.path_params["t"]
        if thread_id not in self.state.threads:
            return refuse(404, f"thread {thread_id} not found")
        if request.method == "DELETE":
            del self.state.threads[thread_id]
            return Response(status_code=204)
        return answer({"thread_id": thread_id, "status": "idle"})

    async def thread_state(self, request: Request) -> Response:
        if request.path_params["t"] not in self.state.threads:
            return refuse(404, "thread not found")
        thread_id = request.path_params["t"]
        chain = self.state.chains.get(thread_id, [])
        here = chain[-1]["checkpoint"] if chain else {}
        return answer({"values": self.state.threads[thread_id], "checkpoint": here})

    async def history(self, request: Request) -> Response:
        return answer(self.state.chains.get(request.path_params["t"], [])[::-1])

    async def create(self, request: Request) -> Response:
        body = orjson.loads(await request.body())
        thread_id = request.path_params.get("t")
        defect = (body.get("input") or {}).get("defect")
        problem = self._problem(thread_id, body, defect)
        if problem is not None:
            return problem
        run = self.state.accept(self.state.make_thread(thread_id), body)
        if defect == "late-ack":
            await asyncio.sleep(0.5)
        if defect == "lost-ack":
            return cut_connection(request)
        if defect == "no-ids":
            return answer({})
        return await self._respond(request, run)

    def _problem(self, thread_id: str | None, body: Any, defect: str | None) -> Response | None:
        known = thread_id is None or thread_id in self.state.threads
        if not known and body.get("if_not_exists") != "create":
            return refuse(404, f"thread {thread_id} not found")
        if body.get("multitask_strategy") == "reject" and any(
            run.thread_id == thread_id and run.status not in TERMINAL
            for run in self.state.runs.values()
        ):
            return refuse(409, "thread is busy")
        return refuse(500, "internal error") if defect == "error-500" else None

    async def _respond(self, request: Request, run: Run) -> Response:
        here = f"/threads/{run.thread_id}/runs/{run.run_id}"
        kind = request.url.path.rsplit("/", 1)[-1]
        if kind == "runs":
            return answer(run.body(), content_location=here)
        headers = {"content-location": here, "location": f"{here}/{kind}"}
        if (run.kwargs.get("input") or {}).get("defect") == "unnamed":
            headers = {}
        if kind == "wait":
            return StreamingResponse(
                self.result(run), headers=headers, media_type="application/json"
            )
        return StreamingResponse(
            self.frames(run, 0), headers=headers, media_type="text/event-stream"
        )

    async def result(self, run: Run) -> AsyncIterator[bytes]:
        yield b"\n"
        if (run.kwargs.get("input") or {}).get("defect") == "cut-result":
            raise ConnectionError
        await run.over()
        values = self.state.values(run)
        is_wrapped = (run.kwargs.get("input") or {}).get("defect") == "wrapped"
        yield orjson.dumps({"values": values, "messages": []} if is_wrapped else values)

    async def frames(self, run: Run, start: int) -> AsyncIterator[bytes]:
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

    async def batch(self, request: Request) -> Response:
        bodies = orjson.loads(await request.body())
        if not bodies:
            return refuse(422, "at least one run is needed")
        return answer([self.state.accept(self.state.make_thread(), body).body() for body in bodies])

    async def list_runs(self, request: Request) -> Response:
        if request.path_params["t"] not in self.state.threads:
            return refuse(404, "thread not found")
        runs = [r for r in self.state.runs.values() if r.thread_id == request.path_params["t"]]
        return answer([run.body() for run in reversed(runs)])

    async def one_run(self, request: Request) -> Response:
        run = self.state.runs.get(request.path_params["r"])
        if run is None:
            return refuse(404, f"run {request.path_params['r']} not found")
        if request.method == "DELETE":
            del self.state.runs[run.run_id]
            return Response(status_code=204)
        return answer(run.body())

    async def part(self, request: Request) -> Response:
        run = self.state.runs.get(request.path_params["r"])
        if run is None:
            return refuse(404, f"run {request.path_params['r']} not found")
        if request.path_params["part"] == "join":
            return StreamingResponse(self.result(run), media_type="application/json")
        after = request.headers.get("last-event-id")
        start = len(run.events) if after is None else int(after.split("-")[0] or 0)
        return StreamingResponse(self.frames(run, start), media_type="text/event-stream")

    async def cancel(self, request: Request) -> Response:
        run = self.state.runs.get(request.path_params["r"])
        if run is None or run.status in TERMINAL or run.task is None:
            return refuse(409, "run is not active")
        run.task.cancel()
        run.status = "interrupted"
        run.tell()
        return Response(status_code=202)
