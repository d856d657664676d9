"""One mutant certified by the requirements meant for it, and what became of that.

Beside them stands one requirement that a mutant does not touch: a server that does nothing at all
fails every requirement, and is no catch.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from onceproof.conformance.selftest.mutant import Mutant

#: Holds on every mutant, as none of them is meant to fail it.
SOUND = "RUN-14"
LIMIT_S = 300
SERVER = "{python} -m onceproof.conformance.selftest.server %s --role {role} --port {port}"
BLAMED = ("FAIL", "WARN", "ERROR")


@dataclass(frozen=True)
class Blame:
    """What a certification says of one requirement."""

    requirement: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class Trial:
    """What was blamed for a mutant: the requirements meant for it, and others.

    `failed` are the tests of the suite that failed on it, `tests` all that the suite has, both
    without their parameters. `seconds` is how long the trial took.
    """

    mutant: Mutant
    meant: tuple[Blame, ...]
    others: tuple[Blame, ...]
    failed: frozenset[str] = frozenset()
    tests: frozenset[str] = frozenset()
    seconds: float = 0.0

    @property
    def survives(self) -> list[str]:
        """The requirements meant for the mutant that did not fail."""
        return [each.requirement for each in self.meant if not _is_caught(each)]

    @property
    def casualties(self) -> list[str]:
        """The requirements that failed without being meant, and without a reason."""
        explained = {name for name, _ in self.mutant.spills}
        return [each.requirement for each in self.others if each.requirement not in explained]

    @property
    def is_caught(self) -> bool:
        """Whether every requirement meant for the mutant failed, and no other without a reason."""
        return not self.survives and not self.casualties


def _is_caught(blame: Blame) -> bool:
    """Whether it failed, as a MUST or, by the register of that day, as a SHOULD."""
    return blame.verdict in ("FAIL", "WARN")


def try_mutant(mutant: Mutant) -> Trial:
    """Run a certification of the server with the mutant, by the requirements meant for it."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="onceproof-selftest-") as folder:
        run = Path(folder) / "run"
        subprocess.run(
            build_command(mutant, run),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_S,
            check=False,
        )
        trial = judge(mutant, _read(run / "results.json") or {"requirements": []})
        trial = note_tests(trial, _read(run / "evidence.json") or {"known": {}, "tests": []})
    return replace(trial, seconds=round(time.monotonic() - began, 1))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def build_command(mutant: Mutant, folder: Path) -> list[str]:
    """Build the command line that certifies the mutant into a folder."""
    size = str(mutant.replicas)
    chosen = [word for name in (*mutant.caught_by, SOUND) for word in ("--only", name)]
    return [
        *(sys.executable, "-m", "onceproof.conformance", "certify"),
        *("--command", SERVER % mutant.name, "--run-dir", str(folder)),
        *("--lanes", "1", "--load-seconds", "0"),
        *("--api-replicas", size, "--worker-replicas", size, *chosen),
    ]


def judge(mutant: Mutant, results: Mapping[str, Any]) -> Trial:
    """Judge the results of the mutant's certification."""
    blames = {
        each["id"]: Blame(each["id"], each["verdict"], each.get("reason") or "")
        for each in results["requirements"]
    }
    missing = "the certification ended without results"
    meant = [blames.get(name, Blame(name, "NOT_JUDGED", missing)) for name in mutant.caught_by]
    others = [
        each
        for name, each in blames.items()
        if each.verdict in BLAMED and name not in mutant.caught_by
    ]
    return Trial(mutant, tuple(meant), tuple(others))


def note_tests(trial: Trial, evidence: Mapping[str, Any]) -> Trial:
    """Note in the trial which tests of the suite failed, by the evidence of its certification."""
    failed = [each["nodeid"] for each in evidence["tests"] if each["outcome"] == "failed"]
    return replace(
        trial,
        failed=frozenset(map(_drop_parameters, failed)),
        tests=frozenset(map(_drop_parameters, evidence["known"])),
    )


def _drop_parameters(nodeid: str) -> str:
    return nodeid.partition("[")[0]
