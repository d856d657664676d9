"""What the load generator costs: `python -m tests.load.bench_generator`.

Requests per CPU second of Locust's own client, of the project's connection alone, and of whole
users with history and figures, and events per CPU second of streamed runs; all against a server
that answers from memory in a process of its own. Importing Locust patches the standard library.

Measured on two busy cores of a shared machine, CPython 3.11: 2,000 requests, 14,000 requests, 6,400
requests, 21,000 events. Read ratios.
"""

import subprocess
import sys
import time
from collections.abc import Callable

import gevent
from locust.contrib.fasthttp import FastHttpSession
from locust.env import Environment

from onceproof.load.agent import Agent
from onceproof.load.connection import Connection
from onceproof.load.recorder import History
from onceproof.load.session import Session
from onceproof.load.streaming import TOTAL, stream

USERS = 20
ROUNDS = 200
BODY = b'{"assistant_id":"load_echo","input":{"nonce":"n"}}'

SERVER = r"""
import asyncio, sys

IDS = {b"thread_id": b"0193b7a0-0000-7000-8000-000000000001",
       b"run_id": b"0193b7a0-0000-7000-8000-000000000002"}
BODY = b'{"run_id":"%(run_id)b","thread_id":"%(thread_id)b","status":"pending","log":[]}' % IDS
JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
JSON += b"content-length: %d\r\n\r\n" % len(BODY) + BODY
TICK = b'event: custom\r\ndata: {"nonce":"n","token":17,"seq":%d,"total":20,"h":"0123456789ab"}\r\n'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
HEAD += b"content-location: /threads/%(thread_id)b/runs/%(run_id)b\r\n\r\n" % IDS
EVENTS = [TICK % n + b"id: 1-%d\r\n\r\n" % n for n in range(20)]
PIECES = [HEAD, *(b"%x\r\n%b\r\n" % (len(e), e) for e in EVENTS), b"0\r\n\r\n"]
APART = "apart" in sys.argv  # each event by itself, as a server sends what has just happened


class Server(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if b"/stream" not in data[:99]:
            self.transport.write(JSON)
        elif APART:
            self.go_on(iter(PIECES))
        else:
            self.transport.write(b"".join(PIECES))

    def go_on(self, pieces):
        piece = next(pieces, None)
        if piece is not None and not self.transport.is_closing():
            self.transport.write(piece)
            asyncio.get_running_loop().call_soon(self.go_on, pieces)


async def main():
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
"""


def measure(name: str, work: Callable[[], None], units: int, unit: str) -> None:
    """Let the users do their work side by side and print how many units a CPU second bought."""
    cpu_s = time.process_time()
    gevent.joinall([gevent.spawn(work) for _ in range(USERS)], raise_error=True)
    cpu_s = time.process_time() - cpu_s
    print(f"{name:38}{USERS * units / cpu_s:>10,.0f} {unit}/CPU s")


def main() -> None:
    """Measure against a server of its own."""
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        url = f"http://127.0.0.1:{int(server.stdout.readline())}"
        try:
            compare(url)
        finally:
            server.kill()


def compare(url: str) -> None:
    """Print one line for each way of asking the server at `url`."""
    environment = Environment()
    fire = environment.events.request.fire

    def fast() -> None:
        client = FastHttpSession(url, environment.events.request, None)
        for _ in range(ROUNDS):
            client.post("/threads/t/runs", data=BODY)

    def lean() -> None:
        connection = Connection(url, None, 30)
        for _ in range(ROUNDS):
            connection.exchange("POST", "/threads/t/runs", BODY)

    session = Session((url,), None, History(None))

    def background() -> None:
        agent = Agent(session, fire)
        for _ in range(ROUNDS):
            agent.background()

    def stream_rounds() -> None:
        agent = Agent(session, fire)
        for _ in range(ROUNDS // 4):
            stream(agent)

    measure("Locust's FastHttpSession", fast, ROUNDS, "requests")
    measure("onceproof.load.connection", lean, ROUNDS, "requests")
    measure("a background user, all included", background, 2 * ROUNDS, "requests")
    measure("a streaming user, all included", stream_rounds, TOTAL * ROUNDS // 4, "events")
    session.history.close()
    session.history.remove()


if __name__ == "__main__":
    main()
