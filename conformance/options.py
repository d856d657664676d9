"""What a certification is asked to do, however it was asked: command line, pytest, or a test."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from conformance.errors import UsageError
from conformance.exporting import export_probes
from conformance.probes import CONFIG
from conformance.stacks import default_kind

#: Where runs are kept when no folder is named, below the working directory.
RUNS = Path("onceproof-runs")


@dataclass(frozen=True)
class Options:
    """The target, the stack beneath it, and where the record goes.

    `urls` names a target that runs already; `command` one to start; neither is the reference
    server. `stack` None lets the environment decide (see `conformance.stacks.open_stack`).
    `lease_ms` and `sweep_ms` are the target's: how long a silent worker keeps its run, and how
    often runs without a worker are looked for. Targets we start are told them as LEASE_MS,
    HEARTBEAT_MS (a quarter of the lease) and SWEEP_MS; waits and verdicts follow from them.
    """

    urls: tuple[str, ...] = ()
    command: str | None = None
    stack: str | None = None
    run_dir: Path | None = None
    api_replicas: int = 2
    worker_replicas: int = 2
    lease_ms: int = 2_000
    sweep_ms: int = 500
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def __post_init__(self) -> None:
        if self.urls and self.command:
            raise UsageError("--url and --command exclude each other: name one target")

    def settings(self, folder: Path) -> dict[str, str]:
        """What a target that is started here, with files of its own in `folder`, is told.

        A command that is told the folder of the probes gets a copy: such servers keep their state
        there, and would find that of others.
        """
        config = export_probes(folder / "probes") if "{probes}" in (self.command or "") else CONFIG
        return {
            "LANGGRAPH_CONFIG_PATH": str(config),
            "LEASE_MS": str(self.lease_ms),
            "HEARTBEAT_MS": str(self.lease_ms // 4),
            "SWEEP_MS": str(self.sweep_ms),
            "N_JOBS_PER_WORKER": self.environ.get("N_JOBS_PER_WORKER", "10"),
            "WEBHOOK_TIMEOUT_SECS": "3",
        }

    def stack_kind(self) -> str:
        """The kind of stack that this asks for, by name or by what the environment holds."""
        return self.stack or ("none" if self.urls else default_kind(self.environ))

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
