"""Which authorisation handler decides about which action, and what its decision means.

For the caller `teller` every handler refuses with a sentence that names itself and the action.
"""

import re

import pytest

from onceproof.conformance.probes.auth import SECRET
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.auth.asking import is_refusal, make_call
from onceproof.conformance.suite.auth.callers import ANYBODY, Callers
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.matrix import ask, blame, demand
from onceproof.conformance.suite.kit.openapi import iterate_operations
from onceproof.conformance.suite.kit.routes import CORE, EXTENSIONS, Operation

CRONS = [each for each in EXTENSIONS if "/crons" in each.path]

#: The operations that each action has to be authorised for.
ACTIONS = {
    "threads.create": ["POST /threads"],
    "threads.read": [
        "GET /threads/{thread_id}",
        "GET /threads/{thread_id}/state",
        "POST /threads/{thread_id}/history",
        "GET /threads/{thread_id}/runs/{run_id}",
        "GET /threads/{thread_id}/runs/{run_id}/join",
        "GET /threads/{thread_id}/runs/{run_id}/stream",
    ],
    "threads.update": [
        "PATCH /threads/{thread_id}",
        "POST /threads/{thread_id}/state",
        "POST /threads/{thread_id}/runs/{run_id}/cancel",
    ],
    "threads.delete": [
        "DELETE /threads/{thread_id}",
        "DELETE /threads/{thread_id}/runs/{run_id}",
    ],
    "threads.search": ["POST /threads/search", "POST /threads/count"],
    "threads.create_run": [
        "POST /threads/{thread_id}/runs",
        "POST /threads/{thread_id}/runs/stream",
        "POST /threads/{thread_id}/runs/wait",
        "POST /runs",
        "POST /runs/stream",
        "POST /runs/wait",
        "POST /runs/batch",
    ],
    "assistants.create": ["POST /assistants"],
    "assistants.read": [
        "GET /assistants/{assistant_id}",
        "GET /assistants/{assistant_id}/graph",
        "GET /assistants/{assistant_id}/schemas",
        "POST /assistants/{assistant_id}/versions",
    ],
    "assistants.update": [
        "PATCH /assistants/{assistant_id}",
        "POST /assistants/{assistant_id}/latest",
    ],
    "assistants.delete": ["DELETE /assistants/{assistant_id}"],
    "assistants.search": ["POST /assistants/search", "POST /assistants/count"],
    "crons.create": ["POST /runs/crons", "POST /threads/{thread_id}/runs/crons"],
    "crons.read": ["GET /runs/crons/{cron_id}"],
    "crons.update": ["PATCH /runs/crons/{cron_id}"],
    "crons.delete": ["DELETE /runs/crons/{cron_id}"],
    "crons.search": ["POST /runs/crons/search", "POST /runs/crons/count"],
    "store.put": ["PUT /store/items"],
    "store.get": ["GET /store/items"],
    "store.search": ["POST /store/items/search"],
    "store.list_namespaces": ["POST /store/namespaces"],
    "store.delete": ["DELETE /store/items"],
}
KNOWN = {str(each): each for each in (*CORE, *EXTENSIONS)}

#: One operation for each step from the most specific handler to the global one.
DECIDING = {
    "POST /threads": "threads.create",
    "GET /threads/{thread_id}": "threads.*",
    "POST /threads/search": "threads.*",  # rather than *.search
    "POST /assistants/search": "*.search",
    "POST /assistants": "*.*",
    "PUT /store/items": "store.*",
}


async def list_actions(callers: Callers) -> list[tuple[str, Operation]]:
    """List actions with their operations, without those on crons if the target has no crons."""
    document = expect(await callers(ANYBODY).get("/openapi.json"))
    crons = any("/crons" in path for path, _, _ in iterate_operations(document))
    return [
        (action, KNOWN[each])
        for action, names in ACTIONS.items()
        for each in names
        if crons or KNOWN[each] not in CRONS
    ]


@requirement("AUT-08")
async def test_every_action_is_asked_about(callers: Callers) -> None:
    pairs = await list_actions(callers)
    answers = await ask(callers("teller"), [make_call(operation) for _, operation in pairs])
    wrong = [
        f"{operation} answered {response.status_code} {response.text[:80]!r}, not {action}"
        for (action, operation), (_, response) in zip(pairs, answers, strict=True)
        if not is_refusal(response, 403) or not is_about(action, response.text)
    ]
    blame(wrong, len(answers), "a refusal by the handler of the action")


def is_about(action: str, text: str) -> bool:
    """Return whether the handler's sentence, wherever it stands, ends with the action."""
    return re.search(rf"was asked about {re.escape(action)}(?!\w|\.\w)", text) is not None


@pytest.mark.parametrize("operation, handler", DECIDING.items(), ids=str)
@requirement("AUT-07")
async def test_the_most_specific_handler_decides(
    callers: Callers, operation: str, handler: str
) -> None:
    [(_, response)] = await ask(callers("teller"), [make_call(KNOWN[operation])])
    same("the handler", expect_refusal(response, 403).partition(" was asked")[0], handler)


@requirement("AUT-06")
async def test_a_handler_that_returns_false_forbids(callers: Callers) -> None:
    probes = [make_call(operation) for _, operation in await list_actions(callers)]
    answers = await ask(callers("denied"), probes)
    demand(answers, "403", lambda response: response.status_code == 403)


@pytest.mark.parametrize("name", ["broken", "clumsy"])
@requirement("AUT-14")
async def test_a_crash_of_a_handler_tells_nothing(callers: Callers, name: str) -> None:
    """Of the authentication (broken) and of every authorisation handler (clumsy)."""
    probes = [make_call(operation) for _, operation in await list_actions(callers)]
    answers = await ask(callers(name), probes)
    demand(answers, "500", lambda response: response.status_code == 500)
    demand(answers, "without details", lambda response: not has_leak(response.text))
    expect(await callers("alice").post("/threads/search", json={}))


def has_leak(text: str) -> bool:
    return any(leak in text for leak in (SECRET, "RuntimeError", "Traceback", "auth.py"))
