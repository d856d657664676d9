"""A server whose latencies are known and that freezes once: `python -m tests.load.frozen`.

It answers `POST .../runs/wait` after 50 ms plus an exponential of 50 ms on average, drawn from
a seed; what arrives while it is frozen is answered when that is over, and its own time later.
Everything else is answered at once, so that no load is refused. It prints its port, and ends with
its input.
"""

import asyncio
import random
import sys
import time

BASE_S, SPREAD_S = 0.050, 0.050
FROZEN_FROM_S, FROZEN_FOR_S = 3.0, 2.0

RUN = "0193b7a0-0000-7000-8000-000000000002"
BODY = b'{"log":[]}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n" % len(BODY)
HEAD += b"content-location: /threads/t/runs/" + RUN.encode() + b"\r\n\r\n"
ANSWER = HEAD + BODY

draws = random.Random(15)


class Clock:
    """Time since the first run, and what a run that arrives then has to wait."""

    began_s = 0.0

    def now_s(self) -> float:
        self.began_s = self.began_s or time.perf_counter()
        return time.perf_counter() - self.began_s


def owe(at_s: float) -> float:
    """Return the seconds after which a run that arrives at `at_s` is answered."""
    thaws_s = FROZEN_FROM_S + FROZEN_FOR_S
    frozen_s = thaws_s - at_s if FROZEN_FROM_S <= at_s < thaws_s else 0.0
    return frozen_s + BASE_S + draws.expovariate(1 / SPREAD_S)


class Server(asyncio.Protocol):
    clock = Clock()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if b"/runs/wait" not in data[:120]:
            self.transport.write(ANSWER)
            return
        delay_s = owe(self.clock.now_s())
        asyncio.get_running_loop().call_later(delay_s, self.transport.write, ANSWER)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve())
