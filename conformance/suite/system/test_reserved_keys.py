"""Keys in which the server speaks: a client that sends them is not believed."""

from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.assistants.making import Assistants
from onceproof.conformance.suite.kit.assertions import answered, same
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.runs import Runs

RESERVED = ("thread_id", "run_id", "assistant_id", "cron_id")
IMPOSTOR = "onceproof-impostor"
CLAIMS = {
    "langgraph_auth_user": {"identity": IMPOSTOR},
    "langgraph_auth_user_id": IMPOSTOR,
}
KEYS = {**CLAIMS, "kept": "yes"}


@pytest.fixture
def claimed() -> dict[str, Any]:
    """Metadata that claims ids of the server's, beside a key of the client's own."""
    return {**dict.fromkeys(RESERVED, str(uuid4())), "kept": "yes"}


@requirement("SYS-30")
async def test_a_thread_does_not_take_reserved_metadata(
    api: Api, runs: Runs, claimed: dict[str, Any]
) -> None:
    thread_id = await runs.new_thread(metadata=claimed)
    is_own(answered(await api.get(f"/threads/{thread_id}"))["metadata"], claimed)
    answered(await api.patch(f"/threads/{thread_id}", json={"metadata": claimed}))
    is_own(answered(await api.get(f"/threads/{thread_id}"))["metadata"], claimed)


@requirement("SYS-30")
async def test_an_assistant_does_not_take_reserved_metadata(
    assistants: Assistants, claimed: dict[str, Any]
) -> None:
    made = await assistants.new(metadata=claimed)
    is_own((await assistants.get(made["assistant_id"]))["metadata"], claimed)
    await assistants.patch(made["assistant_id"], metadata=claimed)
    is_own((await assistants.get(made["assistant_id"]))["metadata"], claimed)


@requirement("SYS-30")
async def test_a_run_does_not_take_reserved_metadata(
    api: Api, runs: Runs, claimed: dict[str, Any]
) -> None:
    thread_id = await runs.new_thread()
    run, values = await runs.wait(thread_id, "echo", {}, metadata=claimed)
    is_own(answered(await api.get(run.path))["metadata"], claimed)
    seen = values["config"]["metadata"]
    wrong = [name for name in RESERVED if seen.get(name) == claimed[name]]
    assert not wrong, f"the graph saw the client's {', '.join(wrong)} as the server's"


@requirement("SYS-30")
@pytest.mark.parametrize("where", ["configurable", "context"])
async def test_a_run_does_not_take_a_reserved_configurable(runs: Runs, where: str) -> None:
    _, values = await runs.wait(await runs.new_thread(), "echo", {}, **sent_as(where))
    is_nobody(values, where)


@requirement("SYS-30")
@pytest.mark.parametrize("where", ["configurable", "context"])
async def test_an_assistant_does_not_pass_on_a_reserved_configurable(
    runs: Runs, assistants: Assistants, where: str
) -> None:
    made = await assistants.new(**sent_as(where))
    _, values = await runs.wait(await runs.new_thread(), made["assistant_id"], {})
    is_nobody(values, where)


def sent_as(where: str) -> dict[str, Any]:
    """The field of a body that has the reserved keys in it."""
    return {"context": KEYS} if where == "context" else {"config": {"configurable": KEYS}}


def is_nobody(values: dict[str, Any], where: str) -> None:
    """The graph saw the key that is the client's to send, and not who the client claims to be."""
    __tracebackhide__ = True
    seen = values["context"] if where == "context" else values["config"]["configurable"]
    same(f"{where} that is the client's to set", (seen or {}).get("kept"), "yes")
    told = {name: values["config"]["configurable"].get(name) for name in CLAIMS}
    assert IMPOSTOR not in str((told, values["user"])), (
        f"the graph saw the client's own claim of who it is, sent as {where}: {told}"
    )


def is_own(metadata: dict[str, Any], claimed: dict[str, Any]) -> None:
    """None of the reserved keys has the client's value; its own key is kept."""
    __tracebackhide__ = True
    same("metadata that is the client's to set", metadata.get("kept"), "yes")
    wrong = [name for name in RESERVED if metadata.get(name) == claimed[name]]
    assert not wrong, f"metadata has the client's {', '.join(wrong)}, which only the server sets"
