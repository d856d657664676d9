"""Who judged, when and on which machine: what every results document says of its run."""

import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil
from msgspec import UNSET

from onceproof.conformance.secrets.find import show_words
from onceproof.reports.results import Facts, Run


def describe_run(
    folder: Path,
    started: datetime,
    command: str,
    *,
    seed: int | None = None,
    only: list[str] | None = None,
    profiles: list[str] | None = None,
    strict: bool = False,
) -> Run:
    """Return the account of a run that ends now; `command` repeats it."""
    finished = datetime.now(UTC)
    return Run(
        id=folder.name,
        started=started.isoformat(),
        finished=finished.isoformat(),
        seconds=round((finished - started).total_seconds(), 1),
        command=command,
        seed=seed,
        folder=str(folder),
        only=only or [],
        profiles=profiles or [],
        strict=strict or UNSET,
    )


def describe_environment() -> Facts:
    """Return what the figures of a report depend on: the machine, and how it was called."""
    return {
        "platform": platform.platform(),
        "cpus": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "argv": show_words(sys.argv[1:]),
    }
