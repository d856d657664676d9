"""Hands each arrival to the next free user of its kind, and watches the generator itself.

A closed loop asks a server that froze for two seconds nothing in that time, so its figures hardly
know of the freeze. Here a latency counts from when the run was to begin, whatever came between:
the wait for an answer that others wait for as well, and also what the generator itself delays.
That last part is measured apart, so that nobody takes it for the server's: how late a user who had
nothing to do woke up, and how many arrivals found none who was free.
"""

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

import gevent
from gevent import GreenletExit
from gevent.event import Event
from hdrh.histogram import HdrHistogram

from onceproof.load.arrivals.schedule import Arrival
from onceproof.load.series import clamp, histogram


class NoMoreArrivals(Exception):
    """The schedule is over."""


@dataclass
class Dealer:
    """Deals `arrivals` of kinds drawn by `weights`, unless their schedule names the kind.

    `lag` has how late free users began, in microseconds; `delayed` counts the arrivals that were
    overdue when a user came to take them.
    """

    arrivals: Iterator[Arrival]
    weights: Mapping[str, int]
    seed: int = 0
    lag: HdrHistogram = field(default_factory=histogram)
    begun: int = 0
    delayed: int = 0

    def __post_init__(self) -> None:
        self.is_spent = False
        self._random = Random(self.seed)
        self._waiting: dict[str, deque[float]] = defaultdict(deque)
        self._open, self._began_s = Event(), 0.0

    def open(self, **_: object) -> None:
        """Begin to count the time: all users are there."""
        if not self._open.is_set():
            self._began_s = time.perf_counter()
            self._open.set()

    def take(self, kind: str) -> float:
        """Wait for the next arrival of a kind; return its time on the clock of `perf_counter`.

        NoMoreArrivals if there will be none.
        """
        self._open.wait()
        due_s = self._began_s + self._find(kind)
        early_s = due_s - time.perf_counter()
        if early_s > 0:
            self._wait(kind, due_s, early_s)
            self.lag.record_value(clamp((time.perf_counter() - due_s) * 1e6))
        else:
            self.delayed += 1
        self.begun += 1
        return due_s

    def _wait(self, kind: str, due_s: float, early_s: float) -> None:
        """Sleep; whoever is stopped meanwhile leaves the arrival to another."""
        try:
            gevent.sleep(early_s)
        except GreenletExit:
            self._waiting[kind].appendleft(due_s - self._began_s)
            raise

    def _find(self, kind: str) -> float:
        waiting = self._waiting[kind]
        while not waiting:
            arrival = next(self.arrivals, None)
            if arrival is None:
                self.is_spent = True
                raise NoMoreArrivals
            self._waiting[arrival.kind or self._draw()].append(arrival.at_s)
        return waiting.popleft()

    def _draw(self) -> str:
        [kind] = self._random.choices(list(self.weights), list(self.weights.values()))
        return kind
