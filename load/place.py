"""Which process of a test this is, and what its share of a schedule is."""

import os
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from onceproof.conformance.errors import UsageError
from onceproof.load.own import ASSISTANT

ARRIVALS, SEED, WORKERS = "ONCEPROOF_ARRIVALS", "ONCEPROOF_SEED", "ONCEPROOF_WORKERS"
Each = TypeVar("Each")


@dataclass(frozen=True)
class Place:
    """The number of a test in this process, and the worker's index among so many; None if it is
    alone."""

    round: int = 1
    worker: int | None = None
    workers: int = 1

    def share(self, whole: Iterator[Each]) -> Iterator[Each]:
        """Yield what falls to this process: every so-many-th, so that all yield the whole once."""
        return islice(whole, self.worker or 0, None, self.workers)


def count_workers(options: Namespace | None, environ: Mapping[str, str]) -> int | None:
    """Return how many workers a test has, as far as it is known: by --processes, or by the
    environment."""
    processes = getattr(options, "processes", None) or 0
    return processes or int(environ.get(WORKERS) or 0) or None


def demand_shares(options: Namespace | None) -> None:
    """Refuse to spread over processes what cannot be divided among them, by a UsageError."""
    if os.environ.get(ASSISTANT):
        raise UsageError(f"{ASSISTANT} bounds the runs of one process: drop --processes, --worker")
    if os.environ.get(ARRIVALS) and count_workers(options, os.environ) is None:
        raise UsageError(f"each worker begins its share of {ARRIVALS}: set {WORKERS} to how many")
