"""What a certification is asked to do, however it was asked: command line, pytest, or a test."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from conformance.errors import UsageError
from conformance.exporting import export_probes
from conformance.probes import CONFIG
from conformance.stacks import default_kind
from conformance.targets.profile import REFERENCE, TargetProfile, load
from conformance.targets.template import CONFIG_PATH

#: Where runs are kept when no folder is named, below the working directory.
RUNS = Path("onceproof-runs")


@dataclass(frozen=True)
class Options:
    """The target, the stack beneath it, and where the record goes.

    `urls` names a target that runs already; `command` one to start; neither is the reference
    server. `stack` None lets the environment decide (see `conformance.stacks.open_stack`).
    `target_profile` names what is known of the target (see `conformance.targets.profile`): what is
    left out here is taken from it, and waits and verdicts follow from its timings. Without one the
    target is taken to have those of the reference server, and is told them if it is started here.
    """

    urls: tuple[str, ...] = ()
    command: str | None = None
    stack: str | None = None
    run_dir: Path | None = None
    api_replicas: int = 2
    worker_replicas: int = 2
    target_profile: str | None = None
    profile: TargetProfile = field(init=False)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def __post_init__(self) -> None:
        if self.urls and self.command:
            raise UsageError("--url and --command exclude each other: name one target")
        object.__setattr__(self, "profile", load(self.target_profile or REFERENCE))
        if not self.urls:
            self._take_from_profile()

    def _take_from_profile(self) -> None:
        start = self.profile.start
        object.__setattr__(self, "command", self.command or start.command)
        object.__setattr__(self, "stack", self.stack or start.stack)
        if self.command is None and self.profile.name != REFERENCE:
            raise UsageError(
                f"--target-profile {self.target_profile!r} names no command that starts the "
                "server: add --url or --command"
            )

    @property
    def lease_ms(self) -> int:
        """How long a silent worker of the target keeps its run."""
        return self.profile.timings.lease_ms

    @property
    def sweep_ms(self) -> int:
        """How often the target looks for runs without a worker."""
        return self.profile.timings.sweep_ms

    def settings(self, folder: Path) -> dict[str, str]:
        """What a target that is started here, with files of its own in `folder`, is told.

        One that is told the folder of the probes gets a copy: such servers keep their state there,
        and would find that of others.
        """
        told = (self.command or "", *self.profile.start.env.values())
        copied = any("{probes}" in text for text in told)
        config = export_probes(folder / "probes") if copied else CONFIG
        return {CONFIG_PATH: str(config), **self.profile.settings()}

    def named(self) -> dict[str, str]:
        """The profile's name and title as the report tells them; nothing without one."""
        if self.target_profile is None:
            return {}
        return {"profile": self.profile.name, "profile_title": self.profile.title}

    def deviations(self) -> list[dict[str, Any]]:
        """The known deviations of the profile, as the results document lists them."""
        return [msgspec.structs.asdict(deviation) for deviation in self.profile.deviations]

    def stack_kind(self) -> str:
        """The kind of stack that this asks for, by name or by what the environment holds."""
        return self.stack or ("none" if self.urls else default_kind(self.environ))

    def folder(self) -> Path:
        """The run's own folder, created; a folder that holds a run already is refused."""
        folder = self.run_dir or RUNS / _run_name()
        if any(folder.glob("history.jsonl*")):
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
