"""Ids in paths: one that is not a UUID is malformed, one that no object has is unknown."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.matrix import Probe, ask, demand
from onceproof.conformance.suite.kit.routes import CORE, Operation
from onceproof.conformance.wire.any_graph import PROBE, name_any_graph
from onceproof.conformance.wire.client import Api

MALFORMED = ("not-a-uuid", "123", "00000000-0000-0000-0000-00000000000g", "%00")

#: Bodies with which the request would be accepted if the id were right.
BODIES: dict[str, dict[str, object]] = {
    "POST /assistants/{assistant_id}/latest": {"version": 1},
    "POST /threads/{thread_id}/state": {"values": {}},
    "POST /threads/{thread_id}/state/checkpoint": {"checkpoint": {}},
    "POST /threads/{thread_id}/runs": {"assistant_id": PROBE, "input": {}},
    "POST /threads/{thread_id}/runs/stream": {"assistant_id": PROBE, "input": {}},
    "POST /threads/{thread_id}/runs/wait": {"assistant_id": PROBE, "input": {}},
}

#: Judged by other tests: these may answer an unknown id in more than one form.
OTHERWISE = {
    "POST /threads/{thread_id}/copy",
    "GET /threads/{thread_id}/runs/{run_id}/join",
    "GET /threads/{thread_id}/runs/{run_id}/stream",
}

WITH_ID = [operation for operation in CORE if operation.ids]


@requirement("SYS-13")
async def test_an_id_that_is_no_uuid_is_422(api: Api) -> None:
    probes = [
        Probe(each.method, each.at(**{each.ids[0]: id}), make_options(each))
        for each in WITH_ID
        for id in MALFORMED
    ]
    demand(await ask(api, probes), "422", lambda response: response.status_code == 422)


@requirement("SYS-13")
async def test_a_second_id_that_is_no_uuid_is_422(api: Api, thread: str) -> None:
    probes = [
        Probe(each.method, each.at(thread_id=thread, **{each.ids[1]: id}), make_options(each))
        for each in WITH_ID
        for id in MALFORMED
        if len(each.ids) > 1
    ]
    demand(await ask(api, probes), "422", lambda response: response.status_code == 422)


@requirement("SYS-13")
async def test_an_id_that_nobody_has_is_404(api: Api) -> None:
    probes = [
        Probe(each.method, each.at(), make_options(each))
        for each in WITH_ID
        if str(each) not in OTHERWISE
    ]
    demand(await ask(api, probes), "404", lambda response: response.status_code == 404)


@requirement("SYS-13")
async def test_an_unknown_run_of_a_known_thread_is_404(api: Api, thread: str) -> None:
    probes = [
        Probe(each.method, each.at(thread_id=thread))
        for each in WITH_ID
        if "run_id" in each.ids and str(each) not in OTHERWISE
    ]
    demand(await ask(api, probes), "404", lambda response: response.status_code == 404)


def make_options(operation: Operation) -> dict[str, object]:
    """Make the request options of an operation: its body, if it takes one."""
    body = name_any_graph(BODIES.get(str(operation), {}))
    return {"json": body} if operation.body else {}
