"""The views of an assistant's graph: its drawing, its schemas, its subgraphs."""

from itertools import pairwise
from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_fields, expect_refusal, same
from onceproof.conformance.suite.kit.assistants import Assistants
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.wire.client import Api

SCHEMAS = ("input_schema", "output_schema", "state_schema", "config_schema", "context_schema")
SUBGRAPHS = "/assistants/{assistant_id}/subgraphs"


@pytest.fixture
async def nested_path(assistants: Assistants) -> str:
    """The path of an assistant of the graph `nested`."""
    return f"/assistants/{(await assistants.new('nested'))['assistant_id']}"


@requirement("AST-19")
async def test_the_drawing_has_nodes_and_edges_from_start_to_end(
    api: Api, nested_path: str
) -> None:
    drawing = expect(await api.get(f"{nested_path}/graph"))
    want = {"__start__", "enter", "inner", "leave", "__end__"}
    same("the nodes", {str(node["id"]) for node in drawing["nodes"]}, want)
    edges = {(edge["source"], edge["target"]) for edge in drawing["edges"]}
    path = ["__start__", "enter", "inner", "leave", "__end__"]
    same("the edges", edges, set(pairwise(path)))


@requirement("AST-19")
async def test_xray_expands_subgraphs(api: Api, nested_path: str) -> None:
    plain = list_node_ids(expect(await api.get(f"{nested_path}/graph", params={"xray": "false"})))
    expanded = list_node_ids(expect(await api.get(f"{nested_path}/graph", params={"xray": "true"})))
    once = list_node_ids(expect(await api.get(f"{nested_path}/graph", params={"xray": "1"})))
    for name in ("first", "leaf"):
        assert not any(id.endswith(name) for id in plain), f"without xray: {name} in {plain}"
        assert any(id.endswith(name) for id in expanded), f"with xray: no {name} in {expanded}"
    assert any(id.endswith("first") for id in once), f"with xray=1: no first in {once}"
    assert not any(id.endswith("leaf") for id in once), f"with xray=1: leaf in {once}"


@requirement("AST-19")
@pytest.mark.parametrize("xray", ["0", "-1", "abc", "1.5"])
async def test_an_xray_that_is_no_depth_is_422(api: Api, nested_path: str, xray: str) -> None:
    expect_refusal(await api.get(f"{nested_path}/graph", params={"xray": xray}), 422)


@requirement("AST-20")
async def test_the_schemas_are_served(api: Api, assistants: Assistants) -> None:
    made = await assistants.new("out")
    found = expect(await api.get(f"/assistants/{made['assistant_id']}/schemas"))
    expect_fields("the schemas", found, ("graph_id", *SCHEMAS))
    same("the graph", found["graph_id"], "out")
    for name in SCHEMAS:
        assert found[name] is None or isinstance(found[name], dict), f"{name} is {found[name]!r}"
    for name, has, lacks in (
        ("input_schema", "text", "answer"),
        ("output_schema", "answer", "scratch"),
        ("state_schema", "scratch", None),
    ):
        if found[name] is not None:
            fields = list_properties(found[name])
            assert has in fields, f"{name} has {sorted(fields)}, but should have {has!r}"
            assert lacks not in fields, f"{name} has {lacks!r}, which is not part of it"


@requirement("AST-21")
async def test_subgraphs_are_listed_by_namespace(api: Api, nested_path: str) -> None:
    await need_subgraphs(api)
    found = expect(await api.get(f"{nested_path}/subgraphs"))
    same("the subgraphs", list(found), ["inner"])
    expect_fields("the schemas of inner", found["inner"], ("input_schema", "output_schema"))
    same(
        "the subgraph asked for",
        list(expect(await api.get(f"{nested_path}/subgraphs/inner"))),
        ["inner"],
    )


@requirement("AST-21")
async def test_recurse_lists_subgraphs_of_subgraphs(api: Api, nested_path: str) -> None:
    await need_subgraphs(api)
    found = expect(await api.get(f"{nested_path}/subgraphs", params={"recurse": "true"}))
    same("the subgraphs", sorted(found), ["inner", "inner|core"])


async def need_subgraphs(api: Api) -> None:
    if not await claims(api, "GET", SUBGRAPHS):
        not_applicable("the target has no route for subgraphs")


def list_node_ids(drawing: dict[str, Any]) -> list[str]:
    """List the ids of all nodes."""
    return [str(node["id"]) for node in drawing["nodes"]]


def list_properties(schema: dict[str, Any]) -> set[str]:
    """List the properties of an object's schema, which may be behind a reference."""
    reference = schema.get("$ref", "")
    if reference.startswith("#/$defs/"):
        schema = schema["$defs"][reference.removeprefix("#/$defs/")]
    return set(schema.get("properties", {}))
