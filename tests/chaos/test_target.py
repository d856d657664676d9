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


def running(*urls: str, exclusive: bool = True, **more: tuple[str, ...]) -> Options:
    return Options(urls=urls or ("http://h:1",), environ={}, exclusive=exclusive, **more)


HANDS = ("kill=x {replica}", "start=x {replica}")


def test_a_server_that_runs_already_needs_levers() -> None:
    with pytest.raises(UsageError, match=r"give --levers compose:PROJECT .* or --lever, bes"):
        Plan(running(), 1)
    with pytest.raises(UsageError, match="give --levers compose"):
        Plan(running(levers=("log=x {replica}",)), 1)


def test_what_its_levers_and_urls_cannot_do_is_left_out_and_refused() -> None:
    plan = Plan(running(levers=HANDS), 1)
    assert set(plan.faults) == {
        *("worker-killed", "api-killed", "all-killed", "loop-blocked"),
        *("ack-lost", "answer-truncated", "reader-stalled", "reader-slow"),
    }
    with pytest.raises(UsageError, match="--fault worker-stalled cannot be played on a server"):
        Plan(running(levers=HANDS), 1, faults=("worker-stalled",))
    assert Plan(running(levers=HANDS), 1, faults=("api-killed",)).faults == ("api-killed",)


def test_no_proxy_leads_through_tls() -> None:
    assert "ack-lost" not in Plan(running("https://h/one", levers=HANDS), 1).faults


def test_settings_of_poison_are_not_those_of_a_server_that_runs() -> None:
    with pytest.raises(UsageError, match="--workload poison needs a server that is started"):
        Plan(running(levers=HANDS), 1, workload="poison")


def test_where_others_may_live_chaos_needs_a_word() -> None:
    with pytest.raises(UsageError, match="others may use: add --exclusive"):
        Plan(running(levers=HANDS, exclusive=False), 1)
