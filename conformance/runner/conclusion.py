"""What every kind of run begins and ends with: its moment, its evidence, and its reports."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from onceproof.conformance.certificate.identity import describe_harness
from onceproof.conformance.judgement.evidence import (
    RunEvidence,
    derive_results,
    load_evidence,
    save_evidence,
)
from onceproof.conformance.runner.provenance import describe_environment
from onceproof.reports.results import Facts, Results, Run
from onceproof.reports.write import write_all


@dataclass(frozen=True)
class Beginning:
    """One moment, on the wall's clock and on that of the histories."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    t_ns: int = field(default_factory=time.monotonic_ns)

    def collect_evidence(self, run: Run, target: Facts, stack: Facts) -> RunEvidence:
        """Return what is evident of any run that began here, whatever its kind."""
        return RunEvidence(
            harness=describe_harness(),
            run=run,
            target=target,
            stack=stack,
            environment=describe_environment(),
            start_ns=self.t_ns,
        )


def conclude(evidence: RunEvidence, folder: Path) -> tuple[Results, dict[str, Path]]:
    """Save the evidence and return the results and the report files by name.

    They are derived from the file and not from what is in memory: rechecking must say the same.
    """
    save_evidence(evidence, folder)
    results = derive_results(load_evidence(folder), folder)
    return results, write_all(results, folder)
