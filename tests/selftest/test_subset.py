"""Some mutants, tried with every change; `tox -e selftest` tries all.

Those that break what a server is for: acceptance, claims, leases, fences, order, and the end of
runs. Most take several workers, or a fault, to show.
"""

import pytest

from onceproof.conformance.selftest.matrix import describe_trial
from onceproof.conformance.selftest.mutant import choose_mutants
from onceproof.conformance.selftest.trial import try_mutant

SUBSET = (
    "acknowledge_before_commit",
    "change_a_terminal_status",
    "claim_without_lock",
    "drop_events",
    "execute_suspects_among_others",
    "ignore_cancels",
    "keep_the_queue_in_redis",
    "leave_runs_to_their_leases",
    "never_extend_leases",
    "reject_by_an_early_look",
    "repeat_the_last_event",
    "write_without_a_fence",
)


@pytest.mark.parametrize("name", SUBSET)
def test_a_mutant_is_caught_by_the_requirements_meant_for_it(name: str) -> None:
    [mutant] = choose_mutants((name,))
    trial = try_mutant(mutant)
    assert trial.is_caught, "\n".join(describe_trial(trial))
