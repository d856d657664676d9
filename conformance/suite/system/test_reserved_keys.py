"""Keys that only the server may set: it ignores them when a client sends them."""

from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.assistants import Assistants
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
def reserved_metadata() -> dict[str, Any]:
    """Metadata that claims ids which only the server sets, and one key that a client may set."""
    return {**dict.fromkeys(RESERVED, str(uuid4())), "kept": "yes"}


@requirement("SYS-30")
async def test_a_thread_does_not_take_reserved_metadata(
    api: Api, runs: Runs, reserved_metadata: dict[str, Any]
) -> None:
    thread_id = await runs.new_thread(metadata=reserved_metadata)
    expect_own_metadata(
        expect(await api.get(f"/threads/{thread_id}"))["metadata"], reserved_metadata
    )
    expect(await api.patch(f"/threads/{thread_id}", json={"metadata": reserved_metadata}))
    expect_own_metadata(
        expect(await api.get(f"/threads/{thread_id}"))["metadata"], reserved_metadata
    )


@requirement("SYS-30")
async def test_an_assistant_does_not_take_reserved_metadata(
    assistants: Assistants, reserved_metadata: dict[str, Any]
) -> None:
    made = await assistants.new(metadata=reserved_metadata)
    expect_own_metadata((await assistants.get(made["assistant_id"]))["metadata"], reserved_metadata)
    await assistants.patch(made["assistant_id"], metadata=reserved_metadata)
    expect_own_metadata((await assistants.get(made["assistant_id"]))["metadata"], reserved_metadata)


@requirement("SYS-30")
async def test_a_run_does_not_take_reserved_metadata(
    api: Api, runs: Runs, reserved_metadata: dict[str, Any]
) -> None:
    thread_id = await runs.new_thread()
    run, values = await runs.wait(thread_id, "echo", {}, metadata=reserved_metadata)
    expect_own_metadata(expect(await api.get(run.path))["metadata"], reserved_metadata)
    seen = values["config"]["metadata"]
    wrong = [name for name in RESERVED if seen.get(name) == reserved_metadata[name]]
    assert not wrong, f"the graph saw the client's {', '.join(wrong)} in place of the server's"


@requirement("SYS-30")
@pytest.mark.parametrize("where", ["configurable", "context"])
async def test_a_run_does_not_take_a_reserved_configurable(runs: Runs, where: str) -> None:
    _, values = await runs.wait(await runs.new_thread(), "echo", {}, **make_body(where))
    expect_no_impostor(values, where)


@requirement("SYS-30")
@pytest.mark.parametrize("where", ["configurable", "context"])
async def test_an_assistant_does_not_pass_on_a_reserved_configurable(
    runs: Runs, assistants: Assistants, where: str
) -> None:
    made = await assistants.new(**make_body(where))
    _, values = await runs.wait(await runs.new_thread(), made["assistant_id"], {})
    expect_no_impostor(values, where)


def make_body(where: str) -> dict[str, Any]:
    """Make a body with the reserved keys in this field."""
    return {"context": KEYS} if where == "context" else {"config": {"configurable": KEYS}}


def expect_no_impostor(values: dict[str, Any], where: str) -> None:
    """Expect that the graph saw the client's own key, but not the identity that it claimed."""
    __tracebackhide__ = True
    seen = values["context"] if where == "context" else values["config"]["configurable"]
    same(f"the {where} key that a client may set", (seen or {}).get("kept"), "yes")
    claims = {name: values["config"]["configurable"].get(name) for name in CLAIMS}
    assert IMPOSTOR not in str((claims, values["user"])), (
        f"the graph saw the identity that the client claimed in {where}: {claims}"
    )


def expect_own_metadata(metadata: dict[str, Any], claimed: dict[str, Any]) -> None:
    """Expect that no reserved key has the client's value, and that the client's own key stays."""
    __tracebackhide__ = True
    same("the metadata key that a client may set", metadata.get("kept"), "yes")
    wrong = [name for name in RESERVED if metadata.get(name) == claimed[name]]
    assert not wrong, f"metadata has the client's {', '.join(wrong)}, which only the server sets"
