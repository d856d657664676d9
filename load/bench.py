"""A few figures of one server, each next to what LangGraph itself costs on the same machine.

Closed loops of one, eight and thirty-two clients, one thread and one connection each, on the
lean `load.connection`. Absolute figures do not carry over to another machine: read the ratios,
and those only within one run. `bare` is the same graph by `graph.ainvoke` with the in-memory
saver, in this process, with nothing around it.

    drain      background runs from the first create until the last one has ended, runs/s
    wait       runs created and awaited in one request, runs/s and the median in ms
    first      from sending a stream request to its first event, ms
    events     events/s of one stream that a node emits as fast as it can
    cpu        CPU of the server and its stack per finished run, ms (targets started here)
"""

import asyncio
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypedDict
from uuid import uuid4

import orjson
import psutil

from onceproof.conformance.wire.sse import SseParser
from onceproof.load.connection import Connection

CLIENTS = (1, 8, 32)
DRAIN_RUNS = 300
WAIT_S = 4.0
READERS = 4
READ_S = 0.01
STREAMS = 40
BURST = 5_000
BARE_RUNS = 300
TIMEOUT_S = 120.0


@dataclass
class Figures:
    """What was measured; None where the target does not let it be."""

    drain_per_s: dict[int, float] = field(default_factory=dict)
    wait_per_s: dict[int, float] = field(default_factory=dict)
    wait_p50_ms: dict[int, float] = field(default_factory=dict)
    first_p50_ms: float = 0.0
    first_p99_ms: float = 0.0
    events_per_s: float = 0.0
    cpu_ms: dict[int, float] = field(default_factory=dict)
    cpu_share: dict[int, float] = field(default_factory=dict)
    bare_ms: float = 0.0


def measure(urls: Sequence[str], pids: Sequence[int], say: Callable[[str], None]) -> Figures:
    """Measure the server behind `urls`; `pids` are its processes and its stack's, if known."""
    figures = Figures()
    bench = _Bench(urls)
    say("warming up")
    bench.waits(2, 1.0)
    for clients in CLIENTS:
        say(f"drain, {clients} clients")
        figures.drain_per_s[clients] = bench.drain(clients, DRAIN_RUNS)
        say(f"wait, {clients} clients")
        before, start_s = _cpu_s(pids), time.monotonic()
        latencies = bench.waits(clients, WAIT_S)
        elapsed_s = time.monotonic() - start_s
        figures.wait_per_s[clients] = len(latencies) / elapsed_s
        figures.wait_p50_ms[clients] = 1000 * statistics.median(latencies)
        if pids:
            spent_s = _cpu_s(pids) - before
            figures.cpu_ms[clients] = 1000 * spent_s / len(latencies)
            figures.cpu_share[clients] = spent_s / elapsed_s
    say("streams")
    firsts = sorted(1000 * bench.first_event_s() for _ in range(STREAMS))
    figures.first_p50_ms = statistics.median(firsts)
    figures.first_p99_ms = firsts[int(len(firsts) * 0.99)]
    figures.events_per_s = bench.events_per_s()
    say("the bare graph")
    figures.bare_ms = asyncio.run(_bare_ms())
    return figures


def rows(figures: Figures) -> Iterator[tuple[str, str, str]]:
    """Return (what, figure, ratio to the bare graph) for a table."""
    bare = figures.bare_ms
    for clients in CLIENTS:
        rate = figures.drain_per_s[clients]
        yield f"background runs, {clients} creating", f"{rate:.0f} runs/s", _of_bare(rate, bare)
    for clients in CLIENTS:
        rate = figures.wait_per_s[clients]
        shown = f"{rate:.0f} runs/s, p50 {figures.wait_p50_ms[clients]:.1f} ms"
        yield f"wait, {clients} clients", shown, _of_bare(rate, bare)
    first = f"p50 {figures.first_p50_ms:.1f} ms, p99 {figures.first_p99_ms:.1f} ms"
    yield "time to the first event", first, ""
    yield "one stream", f"{figures.events_per_s:.0f} events/s", ""
    for clients, cpu_ms in figures.cpu_ms.items():
        shown = f"{cpu_ms:.2f} ms a run, {100 * figures.cpu_share[clients]:.0f} % of one core"
        yield f"CPU, {clients} clients waiting", shown, f"{cpu_ms / bare:.1f} x bare"
    yield "the bare graph", f"{bare:.2f} ms a run", "1 x bare"


def against(figures: Figures, peer: Figures) -> Iterator[tuple[str, str]]:
    """Return (what, how much better than the peer) for a table; above 1 is better."""
    for clients in CLIENTS:
        ratio = figures.drain_per_s[clients] / peer.drain_per_s[clients]
        yield f"background runs, {clients} creating", f"{ratio:.1f} x"
    for clients in CLIENTS:
        ratio = figures.wait_per_s[clients] / peer.wait_per_s[clients]
        yield f"wait, {clients} clients", f"{ratio:.1f} x"
    yield "time to the first event", f"{peer.first_p50_ms / figures.first_p50_ms:.1f} x"
    yield "one stream", f"{figures.events_per_s / peer.events_per_s:.1f} x"
    for clients, cpu_ms in figures.cpu_ms.items():
        if clients in peer.cpu_ms:
            yield f"CPU, {clients} clients waiting", f"{peer.cpu_ms[clients] / cpu_ms:.1f} x"


def _of_bare(rate_per_s: float, bare_ms: float) -> str:
    return f"{rate_per_s * bare_ms / 1000:.2f} of bare"


class _Bench:
    def __init__(self, urls: Sequence[str]):
        self._urls = list(urls)

    def _connection(self, number: int) -> Connection:
        return Connection(self._urls[number % len(self._urls)], None, TIMEOUT_S)

    def drain(self, clients: int, runs: int) -> float:
        """Create runs on as many threads until all have ended: runs/s over all of it.

        Their ends are read and not joined: some servers answer a join a second late.
        """
        numbers, made = iter(range(runs)), []

        def create(connection: Connection) -> None:
            for _ in numbers:
                path = f"/threads/{uuid4()}/runs"
                made.append(f"{path}/{_post(connection, path, 'load_echo')['run_id']}")

        start_s = time.monotonic()
        self._at_once(clients, create)
        paths = iter(list(made))

        def follow(connection: Connection) -> None:
            for path in paths:
                while _get(connection, path)["status"] in ("pending", "running"):
                    time.sleep(READ_S)

        self._at_once(READERS, follow)
        return runs / (time.monotonic() - start_s)

    def waits(self, clients: int, seconds: float) -> list[float]:
        """Measure a closed loop of waits on a thread per client; the latency of each in seconds."""
        latencies: list[float] = []
        until_s = time.monotonic() + seconds

        def loop(connection: Connection) -> None:
            path = f"/threads/{uuid4()}/runs/wait"
            while time.monotonic() < until_s:
                start_s = time.monotonic()
                _post(connection, path, "load_echo")
                latencies.append(time.monotonic() - start_s)

        self._at_once(clients, loop)
        return latencies

    def first_event_s(self) -> float:
        """Return, of one stream of one tick, the seconds until its first event."""
        times = self._stream("ticks", {"total": 1})
        return times[0]

    def events_per_s(self) -> float:
        """Return, of one stream of a burst, the events per second between its first and its last
        event."""
        times = self._stream("burst", {"total": BURST, "size": 16})
        return (len(times) - 1) / (times[-1] - times[0])

    def _stream(self, graph: str, given: Mapping[str, Any]) -> list[float]:
        connection, parser = self._connection(0), SseParser()
        body = _body(graph, given, stream_mode=["custom"])
        start_s, times = time.monotonic(), []
        reply = connection.open("POST", f"/threads/{uuid4()}/runs/stream", body)
        while True:
            now_s = time.monotonic() - start_s
            times += [now_s for _ in parser.feed(reply.take(), time.monotonic_ns())]
            if reply.done:
                break
            connection.more(reply)
        connection.close()
        return times

    def _at_once(self, clients: int, work: Callable[[Connection], None]) -> None:
        connections = [self._connection(n) for n in range(clients)]
        errors: list[BaseException] = []

        def attempt(connection: Connection) -> None:
            try:
                work(connection)
            except Exception as error:  # carried to the caller, which raises it
                errors.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=attempt, args=(each,)) for each in connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]


def _body(graph: str, given: Mapping[str, Any], **fields: Any) -> bytes:
    value = {"nonce": uuid4().hex, **given}
    return orjson.dumps(
        {"assistant_id": graph, "input": value, "if_not_exists": "create", **fields}
    )


def _post(connection: Connection, path: str, graph: str) -> Any:
    return _demand(connection.exchange("POST", path, _body(graph, {})), path)


def _get(connection: Connection, path: str) -> Any:
    return _demand(connection.exchange("GET", path), path)


def _demand(reply: Any, path: str) -> Any:
    body = reply.take()
    if reply.status != 200:
        raise RuntimeError(f"{path} answered {reply.status}: {body[:200]!r}")
    return orjson.loads(body)


def _cpu_s(pids: Sequence[int]) -> float:
    """CPU seconds of the processes and their descendants, those that have ended included."""
    total = 0.0
    for pid in pids:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            times = each.cpu_times()
            # Postgres ends a process with each connection: its parent tells what it had used.
            total += times.user + times.system + times.children_user + times.children_system
    return total


class _State(TypedDict, total=False):
    nonce: str


async def _bare_ms() -> float:
    """CPU milliseconds of one run of a one-node graph with nothing around it."""
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.graph import START, StateGraph

    async def echo(state: _State) -> _State:
        return {"nonce": state["nonce"]}

    builder = StateGraph(_State)
    builder.add_node(echo)
    builder.add_edge(START, "echo")
    graph = builder.compile(checkpointer=InMemorySaver())
    numbers = count()

    async def once() -> None:
        await graph.ainvoke({"nonce": "n"}, {"configurable": {"thread_id": str(next(numbers))}})

    for _ in range(20):
        await once()
    start_s = time.process_time()
    for _ in range(BARE_RUNS):
        await once()
    return 1000 * (time.process_time() - start_s) / BARE_RUNS
