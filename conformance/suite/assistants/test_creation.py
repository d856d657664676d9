"""What a new assistant contains, and which ones are refused."""

from typing import Any
from uuid import uuid4

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import (
    RFC3339,
    UUID,
    expect,
    expect_refusal,
    expect_values,
    same,
)
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.wire.any_graph import any_graph
from onceproof.conformance.wire.client import Api


@requirement("AST-03")
async def test_a_new_assistant_has_what_it_was_given(api: Api, assistants: Assistants) -> None:
    fields: dict[str, Any] = {
        "name": "Ada",
        "config": {"tags": ["a"], "recursion_limit": 7, "configurable": {"tenant": "one"}},
        "metadata": {"team": {"id": 1}},
        "description": "first of her kind",
    }
    made = await assistants.new(any_graph(), **fields)
    assert UUID.fullmatch(made["assistant_id"]), f"its id is {made['assistant_id']!r}, not a UUID"
    assert RFC3339.fullmatch(made["created_at"]), f"created_at is {made['created_at']!r}"
    for place in range(len(api.urls)):
        shown = expect(await api.get(f"/assistants/{made['assistant_id']}", at=place))
        same("the version", shown["version"], 1)
        same("the graph", shown["graph_id"], any_graph())
        for name in ("config", "metadata"):
            expect_values(f"its {name}", shown[name], fields[name])
        for name in ("name", "description"):
            same(f"its {name}", shown[name], fields[name])


@requirement("AST-03")
async def test_the_client_may_choose_the_id(assistants: Assistants) -> None:
    chosen = str(uuid4())
    same("the id", (await assistants.new(assistant_id=chosen))["assistant_id"], chosen)
    same("the id when read", (await assistants.get(chosen))["assistant_id"], chosen)


@requirement("AST-04")
async def test_a_name_is_untitled_and_a_description_null_by_default(
    assistants: Assistants,
) -> None:
    made = await assistants.new()
    shown = await assistants.get(made["assistant_id"])
    same("the name", shown["name"], "Untitled")
    same("the description", shown["description"], None)


@requirement("AST-05")
async def test_an_unknown_graph_is_refused_and_leaves_nothing(
    api: Api, assistants: Assistants, observe: Observed
) -> None:
    chosen, marker = str(uuid4()), {"refused": uuid4().hex}
    body = {"graph_id": f"no-such-{chosen}", "assistant_id": chosen, "metadata": marker}
    response = await api.post("/assistants", json=body)
    expect_refusal(response, 404, 422)
    observe(f"assistant for an unknown graph: {response.status_code}")
    expect_refusal(await api.get(f"/assistants/{chosen}"), 404)
    same("assistants left behind", await assistants.search(metadata=marker), [])


@requirement("AST-06")
@pytest.mark.parametrize("rule", [{}, {"if_exists": "raise"}], ids=["default", "raise"])
async def test_a_taken_id_is_409(api: Api, assistants: Assistants, rule: dict[str, str]) -> None:
    first = await assistants.new(name="first")
    body = {
        "graph_id": any_graph(),
        "assistant_id": first["assistant_id"],
        "name": "second",
        **rule,
    }
    expect_refusal(await api.post("/assistants", json=body), 409)
    same("the original", await assistants.get(first["assistant_id"]), first)


@requirement("AST-06")
async def test_do_nothing_returns_the_original_unchanged(api: Api, assistants: Assistants) -> None:
    first = await assistants.new(name="first", metadata={"a": 1})
    again = {
        "graph_id": "chain",
        "assistant_id": first["assistant_id"],
        "name": "second",
        "metadata": {"b": 2},
        "if_exists": "do_nothing",
    }
    same("the returned assistant", expect(await api.post("/assistants", json=again)), first)
    same("the stored assistant", await assistants.get(first["assistant_id"]), first)
    same("its versions", len(await assistants.list_versions(first["assistant_id"])), 1)


@requirement("AST-07")
async def test_config_and_context_mirror_each_other(assistants: Assistants) -> None:
    by_config = await assistants.new(config={"configurable": {"tenant": "one"}})
    by_context = await assistants.new(context={"tenant": "one"})
    for made in (by_config, by_context):
        shown = await assistants.get(made["assistant_id"])
        same("context", shown["context"], {"tenant": "one"})
        same("config.configurable", shown["config"].get("configurable"), {"tenant": "one"})
    changed = await assistants.patch(by_config["assistant_id"], context={"tenant": "two"})
    same("config.configurable", changed["config"].get("configurable"), {"tenant": "two"})
    changed = await assistants.patch(
        by_context["assistant_id"], config={"configurable": {"tenant": "three"}}
    )
    same("context", changed["context"], {"tenant": "three"})


@requirement("AST-07")
async def test_config_and_context_together_are_refused(api: Api, assistants: Assistants) -> None:
    both = {"config": {"configurable": {"tenant": "one"}}, "context": {"tenant": "two"}}
    expect_refusal(await api.post("/assistants", json={"graph_id": any_graph(), **both}), 400)
    made = await assistants.new()
    expect_refusal(await api.patch(f"/assistants/{made['assistant_id']}", json=both), 400)
    same("the assistant", await assistants.get(made["assistant_id"]), made)
