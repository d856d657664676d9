"""A route that a target does not have fails the requirement that demands it, and no other."""

import pytest

from onceproof.conformance.errors import MissingRoute
from onceproof.conformance.register import load_register
from onceproof.conformance.suite.kit.matrix import Probe, ask
from onceproof.conformance.suite.kit.routes import CORE, NAME
from onceproof.conformance.suite.kit.verdicts import skip_what_lacks
from onceproof.conformance.wire.absent_routes import JUDGED, OWNERS, RouteGuard
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.probes import LACKED
from onceproof.conformance.wire.runs import Runs

#: It has everything but batches and the count of threads.
DOCUMENT = {
    "paths": {
        path.replace("{}", "{thread_id}"): {method.lower(): {}}
        for method, path in OWNERS
        if path not in ("/runs/batch", "/threads/count")
    }
}
COUNT = ("POST", "/threads/count", 404)


@pytest.fixture(autouse=True)
def nothing_judged() -> None:
    JUDGED.clear()
    LACKED.clear()


def test_each_route_is_one_of_the_api_and_its_owners_are_requirements() -> None:
    known = {(each.method, NAME.sub("{}", each.path)) for each in CORE}
    assert OWNERS.keys() <= known
    assert frozenset().union(*OWNERS.values()) <= load_register().keys()


def test_what_the_document_leaves_out_and_the_server_does_not_know_is_absent() -> None:
    guard = RouteGuard(DOCUMENT)
    assert sorted(guard.absent) == [("POST", "/runs/batch"), ("POST", "/threads/count")]
    with pytest.raises(MissingRoute, match="no route POST /threads/count, which THR-12 judges"):
        guard.demand(*COUNT)
    with pytest.raises(MissingRoute):
        guard.demand("POST", "/runs/batch", 405)


@pytest.mark.parametrize("status", [200, 422, 500])
def test_one_that_answers_otherwise_is_there_whatever_the_document_says(status: int) -> None:
    RouteGuard(DOCUMENT).demand("POST", "/threads/count", status)


def test_an_object_that_is_not_there_is_no_absent_route() -> None:
    RouteGuard(DOCUMENT).demand("GET", "/threads/t/runs/r/join", 404)
    RouteGuard(DOCUMENT).demand("GET", "/threads/count", 405)


@pytest.mark.parametrize("document", [None, {}, [], "text", {"paths": []}, {"paths": {"/x": 1}}])
def test_without_a_document_nothing_is_known_to_be_absent(document: object) -> None:
    assert not RouteGuard(document).absent
    RouteGuard(document).demand(*COUNT)


def test_the_requirement_that_demands_it_is_judged() -> None:
    JUDGED.add("THR-12")
    RouteGuard(DOCUMENT).demand(*COUNT)


@pytest.mark.anyio
async def test_another_test_that_asks_for_it_says_nothing(runs: Runs) -> None:
    runs.api.guard.routes = RouteGuard(DOCUMENT)
    with pytest.raises(pytest.skip.Exception, match=r"^INCONCLUSIVE: .* THR-12"), skip_what_lacks():
        await runs.api.post("/threads/count", json={})


@pytest.mark.anyio
async def test_a_matrix_of_all_routes_leaves_it_out(runs: Runs) -> None:
    api: Api = runs.api
    api.guard.routes = RouteGuard(DOCUMENT)
    answers = await ask(api, [Probe("POST", "/threads/count"), Probe("GET", "/nowhere")])
    assert [(probe.path, answer.status_code) for probe, answer in answers] == [("/nowhere", 404)]
