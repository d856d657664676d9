"""A graph's context: the client's, whichever way it was sent, over the schema's defaults."""

from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from onceproof.reference_impl.core.context import is_ephemeral, run_context


@dataclass
class Model:
    model: str = "m"


@dataclass
class Tenant:
    tenant: str


class Strict(BaseModel):
    model: str = "m"


class Loose(TypedDict, total=False):
    tenant: str


SERVERS_OWN = {"thread_id": "t", "langgraph_request_id": "r", "__pregel_x": 1}


@pytest.mark.parametrize(
    "schema, context, configurable, seen",
    [
        (Model, None, SERVERS_OWN, {}),
        (Model, {}, {}, {}),
        (Strict, None, {}, {}),
        (Model, None, {"model": "y", "other": 1}, {"model": "y"}),
        (Model, {"model": "x"}, {"model": "y"}, {"model": "x"}),
        (Tenant, None, {}, None),
        (Tenant, None, {"tenant": "a"}, {"tenant": "a"}),
        (Loose, None, {"tenant": "a", **SERVERS_OWN}, {"tenant": "a"}),
        (None, {"k": 1}, {"tenant": "a"}, {"k": 1}),
        (None, None, {"tenant": "a"}, None),
    ],
)
def test_what_a_graph_sees(schema: Any, context: Any, configurable: Any, seen: Any) -> None:
    assert run_context(schema, context, configurable) == seen


@pytest.mark.parametrize(
    "key, hidden",
    [
        ("token", True),
        ("langgraph_auth_user_id", True),
        ("langgraph_request_id", True),
        ("tenant", False),
        ("run_id", False),
    ],
)
def test_what_is_kept_out_of_checkpoints(key: str, hidden: bool) -> None:
    assert is_ephemeral(key, {"token": "s3cret"}) is hidden
