"""The project's own reference server, started as a process like any other."""

import hashlib
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import get_args

from onceproof.conformance.probes import CONFIG
from onceproof.conformance.stacks import Stack
from onceproof.conformance.targets.base import Facts, ReplicaCounts
from onceproof.conformance.targets.capabilities import Capability
from onceproof.conformance.targets.kinds import TargetPlan
from onceproof.conformance.targets.kinds.command import CommandTarget, EnvOf, nothing_of_its_own
from onceproof.conformance.targets.profile import REFERENCE, load_profile

MODULE = "onceproof.reference_impl"
COMMAND = f"{{python}} -m {MODULE} --role {{role}} --port {{port}}"

#: Where its source stands: a folder, not an import, as with any other server.
SOURCE = Path(__file__).resolve().parents[3] / "reference_impl"

TWO_OF_EACH = ReplicaCounts(2, 2)

#: All: what a target can be asked for, this one has.
CAPABILITIES: frozenset[Capability] = frozenset(get_args(Capability))


class ReferenceTarget(CommandTarget):
    """The reference server as two API and two worker processes, with the project's probes.

    Where `env` does not say otherwise it has the timings of its profile.
    """

    kind = "reference"
    capabilities = CAPABILITIES
    strength = "verified"

    def __init__(
        self,
        stack: Stack,
        folder: Path,
        *,
        counts: ReplicaCounts = TWO_OF_EACH,
        env: Mapping[str, str] | None = None,
        env_of: EnvOf = nothing_of_its_own,
    ) -> None:
        super().__init__(
            COMMAND,
            stack,
            folder,
            counts=counts,
            env={**load_profile(REFERENCE).environment(CONFIG), **(env or {})},
            env_of=env_of,
        )
        self._source: str | None = None

    def start_command(self, port: int, environ: Mapping[str, str]) -> list[str] | None:
        """Return the words that start a whole server, which reads its port from PORT."""
        return [sys.executable, "-m", MODULE]

    def start(self) -> None:
        # Digested now: the files may be edited while the server runs on.
        self._source = source_digest(SOURCE)
        super().start()

    def identity(self) -> Facts:
        """Return the version, and a digest of the very source that ran."""
        return {
            **super().identity(),
            "version": version("onceproof"),
            "source_sha256": self._source,
        }


def source_digest(folder: Path) -> str:
    """Return the SHA-256 over names and contents of all source files below `folder`, in sorted
    order."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return total.hexdigest()


def make(plan: TargetPlan) -> ReferenceTarget:
    """Make a target of a session's plan."""
    return ReferenceTarget(
        plan.stack, plan.folder, counts=plan.counts, env=plan.env, env_of=plan.env_of
    )
