"""One variation certified by the chapters that could mind, and what they said.

Nothing may be blamed. A requirement that could not be judged is listed with its reason, so that a
variation which only keeps the suite from looking does not pass for one that it puts up with.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onceproof.conformance.errors import CERTIFIED, FAILED, INCONCLUSIVE, PARTIAL
from onceproof.conformance.selftest.benign.variation import Variation

#: Of a whole suite, on a machine that does other things beside it.
LIMIT_S = 1500
SERVER = "{python} -m onceproof.conformance.selftest.benign.server %s --role {role} --port {port}"
BLAMED = ("FAIL", "WARN", "ERROR")
#: How a certification ends that nothing has cut short.
ENDED = (CERTIFIED, FAILED, INCONCLUSIVE, PARTIAL)
UNDECIDED = ("INCONCLUSIVE", "NOT_JUDGED")


@dataclass(frozen=True)
class Said:
    """What a certification says of one requirement."""

    requirement: str
    verdict: str
    reason: str


@dataclass(frozen=True)
class Trial:
    """What was said of a variation: counts of verdicts, who was blamed, what was not decided."""

    variation: Variation
    counts: Mapping[str, int]
    blamed: tuple[Said, ...]
    undecided: tuple[Said, ...]

    @property
    def is_harmless(self) -> bool:
        """Whether something was judged, and nothing blamed."""
        return self.counts.get("PASS", 0) > 0 and not self.blamed


def try_variation(variation: Variation) -> Trial:
    """Run a certification of the server with the variation, by the chapters that could mind."""
    with tempfile.TemporaryDirectory(prefix="onceproof-selftest-") as folder:
        subprocess.run(
            build_command(variation, Path(folder) / "run"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LIMIT_S,
            check=False,
        )
        results = Path(folder) / "run" / "results.json"
        found = (
            json.loads(results.read_text(encoding="utf-8"))
            if results.exists()
            else {"requirements": []}
        )
    return judge(variation, found)


def build_command(variation: Variation, folder: Path) -> list[str]:
    """Build the command line that certifies a server with the variation into a folder."""
    size = str(variation.replicas)
    chosen = [word for name in variation.chapters for word in ("--only", name)]
    return [
        *(sys.executable, "-m", "onceproof.conformance", "certify"),
        *("--command", SERVER % ",".join(variation.places), "--run-dir", str(folder)),
        *("--lanes", "1" if chosen else "2", "--load-seconds", "0"),
        *("--api-replicas", size, "--worker-replicas", size, *chosen),
    ]


def judge(variation: Variation, results: Mapping[str, Any]) -> Trial:
    """Judge the results of the variation's certification; one that was cut short shows nothing."""
    whole = results.get("exit_status", CERTIFIED) in ENDED
    said = [
        Said(each["id"], each["verdict"], each.get("reason") or "")
        for each in results["requirements"]
        if whole
    ]
    return Trial(
        variation,
        Counter(each.verdict for each in said),
        tuple(each for each in said if each.verdict in BLAMED),
        tuple(each for each in said if each.verdict in UNDECIDED),
    )
