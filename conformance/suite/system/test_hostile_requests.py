"""Whatever is wrong with a request, the answer blames the request: it is never a server error."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.exclusive import SWEEPING, SWEEPS, touches_others
from onceproof.conformance.suite.kit.matrix import Answers, ask, demand
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.suite.system import hostile
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

#: A body that is wrong may be taken for one that names everything.
ROUTES = [
    pytest.param(
        route,
        marks=[touches_others(SWEEPS)] if route in SWEEPING else [],
        id=route.replace(" ", ":"),
    )
    for route in hostile.FIELDS
]


@pytest.fixture
async def ids(runs: Runs, assistant: str) -> dict[str, str]:
    """A thread that has a state, and an assistant."""
    thread_id = await runs.new_thread()
    await runs.wait(thread_id, "echo", {"text": "before"})
    return {"t": thread_id, "a": assistant}


@requirement("SYS-14")
@pytest.mark.parametrize("route", ROUTES)
async def test_a_wrong_field_is_no_server_error(
    api: Api, runs: Runs, assistants: Assistants, space: Space, ids: dict[str, str], route: str
) -> None:
    answers = await ask(api, hostile.make_wrong_fields(route, ids, space.root))
    adopt(answers, runs, assistants)
    expect_no_server_error(answers)


@requirement("SYS-14")
async def test_a_wrong_query_is_no_server_error(api: Api, ids: dict[str, str]) -> None:
    expect_no_server_error(await ask(api, hostile.make_wrong_queries(ids)))


@requirement("SYS-14")
async def test_a_contradiction_is_no_server_error(
    api: Api, runs: Runs, assistants: Assistants, space: Space, ids: dict[str, str]
) -> None:
    answers = await ask(api, hostile.make_contradictions(ids, space.root))
    adopt(answers, runs, assistants)
    expect_no_server_error(answers)


def expect_no_server_error(answers: Answers) -> None:
    """Expect every answer to be below 500."""
    __tracebackhide__ = True
    assert len(answers) > 10, f"only {len(answers)} requests were sent, too few to judge"
    demand(answers, "below 500", lambda response: response.status_code < 500)


def adopt(answers: Answers, runs: Runs, assistants: Assistants) -> None:
    """Remember the threads and assistants that were created after all, so that they get deleted."""
    for probe, response in answers:
        if response.status_code == 200 and probe.path == "/threads":
            runs.threads.adopt(response.json()["thread_id"])
        if response.status_code == 200 and probe.path == "/assistants":
            assistants.adopt(response.json()["assistant_id"])
