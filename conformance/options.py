"""What a certification is asked to do, however it was asked: command line, pytest, or a test."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from conformance.errors import UsageError

#: Where runs are kept when no folder is named, below the working directory.
RUNS = Path("onceproof-runs")


@dataclass(frozen=True)
class Options:
    """The target, the stack beneath it, and where the record goes.

    `urls` names a target that runs already; `command` one to start; neither is the reference
    server. `stack` None lets the environment decide (see `conformance.stacks.open_stack`).
    """

    urls: tuple[str, ...] = ()
    command: str | None = None
    stack: str | None = None
    run_dir: Path | None = None
    api_replicas: int = 2
    worker_replicas: int = 2
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def __post_init__(self) -> None:
        if self.urls and self.command:
            raise UsageError("--url and --command exclude each other: name one target")

    def folder(self) -> Path:
        """The run's own folder, created; a folder that holds a run already is refused."""
        folder = self.run_dir or RUNS / _run_name()
        if (folder / "history.jsonl").exists():
            raise UsageError(
                f"--run-dir {str(folder)!r} holds an earlier run: name another folder or remove it"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"--run-dir {str(folder)!r} cannot be created ({error.strerror}): name another"
            ) from None
        return folder.resolve()


def _run_name() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}-{uuid4().hex[:4]}"
