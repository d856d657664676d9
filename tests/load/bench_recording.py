"""What recording takes of the load generator: `python -m tests.load.bench_recording [pairs]`.

The same users with and without a history, by turns, against a server that answers from memory in
a process of its own, so that nothing but the generator is the bottleneck. Each pair gives one
ratio of requests (or events) a second, and one of CPU time for each; printed are the medians and
the middle half of the pairs. Without a history everything else stays: answers are parsed, ticks
are judged, figures are kept. On a machine that others use CPU time is the steadier of the two, and
steadiest the least that either took in any pair, when nobody disturbed it.

Measured on two cores with nothing else to do, CPython 3.11, 24 pairs: throughput -1.7 % (middle
half -11 to +9), 0.0 % (-0.3 to +0.4) and -2.2 % (-16 to +8), CPU time +3, +4 and +28 % for
background, waiting and streaming users. The server here costs nothing, so this is the most that
recording can take: 10 to 16 µs for each request or event. Before records were written together it
was -2.7, -0.3 and -5.8 %.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import Any

import gevent
from locust.env import Environment

import onceproof.load.agent
import onceproof.load.streaming
from onceproof.load.agent import Agent
from onceproof.load.recorder import History
from onceproof.load.session import Session
from onceproof.load.streaming import TOTAL, stream
from tests.load.bench_generator import SERVER

USERS = 20
ROUNDS = 15

Work = Callable[[Agent], None]


@dataclass(frozen=True)
class Users:
    """One kind of users: what each does in a round, and how many units that is."""

    name: str
    work: Work
    units: int
    unit: str


KINDS = (
    Users("background users", Agent.background, 2, "request"),
    Users("waiting users", Agent.wait, 1, "request"),
    Users("streaming users", stream, TOTAL, "event"),
)


class Nobody:
    """Replaces the recorders: accepts every call and records nothing."""

    def __init__(self, *record: Any) -> None:
        """Whoever it is."""

    def heard(self, *record: Any) -> None:
        """Nothing comes of it."""

    record_create = record_acceptance = record_refusal = record_unknown = record_result = heard
    record_opening = record_events = record_end = heard


RECORDING = (onceproof.load.agent.Client, onceproof.load.streaming.Subscription)


@contextmanager
def writing(client: Any, subscription: Any) -> Iterator[None]:
    """Let users made here report to these."""
    onceproof.load.agent.Client, onceproof.load.streaming.Subscription = client, subscription
    try:
        yield
    finally:
        onceproof.load.agent.Client, onceproof.load.streaming.Subscription = RECORDING


@contextmanager
def server() -> Iterator[str]:
    """The URL of a server that answers from memory, and sends each event by itself."""
    command = [sys.executable, "-c", SERVER, "apart"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


def measure_unit(url: str, kind: Users, *, recording: bool) -> tuple[float, float]:
    """Measure seconds and CPU seconds for one unit."""
    with writing(*(RECORDING if recording else (Nobody, Nobody))):
        return _measure(url, kind)


def _measure(url: str, kind: Users) -> tuple[float, float]:
    history = History(None)
    environment = Environment()
    environment.create_local_runner()  # whose statistics hear of each request, as in any test
    session, fire = Session((url,), None, history), environment.events.request.fire

    def work() -> None:
        agent = Agent(session, fire)
        for _ in range(ROUNDS):
            kind.work(agent)
        agent.close()

    clock_s, cpu_s = time.perf_counter(), time.process_time()
    gevent.joinall([gevent.spawn(work) for _ in range(USERS)], raise_error=True)
    history.close()
    units = USERS * ROUNDS * kind.units
    spent = (time.perf_counter() - clock_s) / units, (time.process_time() - cpu_s) / units
    history.remove()
    environment.runner.quit()
    return spent


def compare(url: str, kind: Users, pairs: int) -> None:
    """Measure by turns, each kind of pair first in every other one, and print two lines."""
    measure_unit(url, kind, recording=False)
    clock, cpu = [], []
    least = {True: inf, False: inf}
    for n in range(pairs):
        order = (True, False) if n % 2 else (False, True)
        spent = {recorded: measure_unit(url, kind, recording=recorded) for recorded in order}
        clock.append(spent[True][0] / spent[False][0] - 1)
        cpu.append(spent[True][1] / spent[False][1] - 1)
        least = {recorded: min(least[recorded], spent[recorded][1]) for recorded in least}
    micro_s = (least[True] - least[False]) * 1e6
    print(f"{kind.name:18}throughput {_format_shares([1 / (1 + each) - 1 for each in clock])}")
    print(f"{'':18}CPU time   {_format_shares(cpu)}")
    share = least[True] / least[False] - 1
    print(f"{'':18}at best    {share:+7.1%}, {micro_s:+.1f} µs for each {kind.unit}")


def _format_shares(shares: list[float]) -> str:
    low, middle, high = statistics.quantiles(shares, n=4)
    return f"{middle:+7.1%}   ({low:+.1%} to {high:+.1%})"


def main(pairs: int) -> None:
    """Measure all kinds of users."""
    with server() as url:
        for kind in KINDS:
            compare(url, kind, pairs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
