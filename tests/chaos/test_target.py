"""Which servers a chaos can be played on, and what it needs to know of them."""

import pytest
from click.testing import CliRunner

from onceproof.conformance.chaos.plan import Plan
from onceproof.conformance.commands.chaos import chaos
from onceproof.conformance.errors import UsageError
from onceproof.conformance.faults.wiring import Wiring
from onceproof.conformance.options import Options
from onceproof.conformance.stacks.managed import NoStack


def own_state(**more: str) -> Options:
    return Options(command="my-server --port {port}", stack="none", environ={}, **more)


def test_a_server_that_brings_its_own_state_is_killed_and_nothing_else() -> None:
    Plan(own_state(), 1, faults=("all-killed", "worker-stalled", "ack-lost"))
    for faults in ((), ("all-killed", "redis-flushed"), ("postgres-partitioned",)):
        with pytest.raises(UsageError, match="--stack none is not ours to break"):
            Plan(own_state(), 1, faults=faults)


def test_without_a_stack_no_way_leads_to_one() -> None:
    with Wiring.of(NoStack()) as wiring:
        assert wiring.env_of("all-1") == {}


def test_a_profile_tells_how_its_server_starts_and_what_lease_to_wait_for() -> None:
    options = Options(target_profile="langgraph-dev", environ={})
    assert Plan(options, 1, faults=("all-killed",)).options.lease_ms == 120_000


def test_an_unknown_profile_is_refused_before_anything_starts() -> None:
    said = CliRunner().invoke(chaos, ["--target-profile", "nobodys"]).exception
    assert isinstance(said, UsageError)
    assert "--target-profile 'nobodys'" in str(said)
