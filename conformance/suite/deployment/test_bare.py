"""A process that only serves the API, in a form of the operator's own."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.deployment.bare import DISABLED, PREFIX, SCHEMA, Bare, show_bare
from onceproof.conformance.suite.deployment.contents import run_query
from onceproof.conformance.suite.deployment.licence import require_licence_service
from onceproof.conformance.suite.deployment.pair import Pair
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.scene import Scene
from onceproof.conformance.suite.kit.verdicts import inconclusive, not_applicable
from onceproof.conformance.wire.client import Api


@pytest.fixture(scope="module")
def bare(pair: Pair, session: Session) -> Scene[Bare]:
    return Scene("DEP-25", lambda: show_bare(pair, session))


@requirement("DEP-08")
async def test_postgres_uri_is_read_in_place_of_database_uri(bare: Scene[Bare]) -> None:
    expect((await bare()).answer("GET", "/ok"))


@requirement("DEP-09")
async def test_four_replicas_migrate_one_empty_database_and_the_next_changes_nothing(
    pair: Pair, bare: Scene[Bare]
) -> None:
    if len(pair.first.names) < 4:
        inconclusive(f"the target has {len(pair.first.names)} replicas, not four")
    before, after = (await bare()).schema
    assert before, "the database has no table"
    same("the tables after another start", after, before)
    other = await run_query(pair.second.databases.database_uri, SCHEMA)
    same("the tables of a database migrated by other replicas", other, before)


@requirement("DEP-16")
async def test_an_air_gapped_key_sends_nothing_to_the_licence_service(
    bare: Scene[Bare], pair: Pair, session: Session
) -> None:
    require_licence_service(session, pair.beacon)
    assert pair.beacon.verifications, "nothing is asked about another key either"
    same("calls", (await bare()).beacon_calls, 0)


@requirement("DEP-21")
async def test_the_api_is_under_its_prefix_and_health_at_the_root_as_well(
    bare: Scene[Bare],
) -> None:
    seen = await bare()
    for path in ("/ok", f"{PREFIX}/ok"):
        expect(seen.answer("GET", path))
    expect(seen.answer("POST", f"{PREFIX}/threads/search"))
    same("status without the prefix", seen.answer("POST", "/threads/search").status_code, 404)


@requirement("DEP-22")
async def test_own_routes_come_first_with_middleware_around_all_and_one_lifespan(
    bare: Scene[Bare],
) -> None:
    seen = await bare()
    own = seen.answer("GET", f"{PREFIX}/own/route")
    if own.status_code == 404:
        not_applicable("the target serves no routes of the deployment's own")
    assert "own" in expect(own)
    shadowed = expect(seen.answer("POST", f"{PREFIX}/threads/count"))
    assert isinstance(shadowed, dict), f"the API's route answered: {shadowed}"
    assert "own" in shadowed, f"the API's route answered: {shadowed}"
    for path in ("/own/route", "/ok"):
        marked = seen.answer("GET", f"{PREFIX}{path}").headers.get("x-own")
        same(f"the middleware's header on {path}", marked, "yes")
    same("what the lifespan did", seen.lifespan, [["start"], ["start", "stop"]])
    same("the exit status", seen.exit_status, 0)


@requirement("DEP-23")
async def test_disabled_groups_are_not_found(bare: Scene[Bare]) -> None:
    seen = await bare()
    found = {
        group: seen.answer(method, f"{PREFIX}{path}").status_code
        for group, (method, path) in DISABLED.items()
    }
    same("statuses of disabled groups", found, dict.fromkeys(DISABLED, 404))
    expect(seen.answer("GET", f"{PREFIX}/ok"))


@requirement("DEP-24")
async def test_the_variable_port_says_where_it_listens(bare: Scene[Bare], session: Session) -> None:
    if not session.target.offers("port-variable"):
        inconclusive("the command that starts the target sets its port")
    seen = await bare()
    assert seen.port != 8000, "it was given the default port"
    expect(seen.answer("GET", "/ok"))


@requirement("DEP-25")
async def test_without_slots_it_only_serves_and_a_queue_process_executes(
    bare: Scene[Bare], pair: Pair
) -> None:
    seen = await bare()
    same("the run's status", seen.status, "success")
    assert seen.executor is not None, "it is unknown who executed the run"
    assert not seen.executed_it, "the process without slots executed the run itself"
    ran = seen.executor
    assert pair.first.levers.owner(ran.pid, ran.host), (
        f"process {ran.pid}, which is not one of the deployment, executed it"
    )
    workers = [each for each in pair.first.target.replicas if each.role == "worker"]
    if not workers:
        not_applicable("the target has no separate queue processes")
    async with Api([str(workers[0].own_url)]) as api:
        for path in ("/ok", "/metrics"):
            answered_text = await api.get(path)
            same(f"status of {path} of the queue process", answered_text.status_code, 200)
