"""Bodies that do not fit their schema: refused, and the refusal names the field."""

from typing import Any

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect_refusal
from onceproof.conformance.suite.kit.exclusive import SWEEPS, touches_others
from onceproof.conformance.wire.any_graph import PROBE, name_any_graph
from onceproof.conformance.wire.client import Api

ECHO = {"assistant_id": PROBE, "input": {"nonce": "never-runs"}}

MISSING: list[tuple[str, str, dict[str, Any]]] = [
    ("graph_id", "POST /assistants", {}),
    ("version", "POST /assistants/{a}/latest", {}),
    ("assistant_id", "POST /threads/{t}/runs", {"input": {}}),
    ("assistant_id", "POST /threads/{t}/runs/wait", {"input": {}}),
    ("assistant_id", "POST /threads/{t}/runs/stream", {"input": {}}),
    ("assistant_id", "POST /runs", {"input": {}}),
    ("assistant_id", "POST /runs/wait", {"input": {}}),
    ("assistant_id", "POST /runs/stream", {"input": {}}),
    ("checkpoint", "POST /threads/{t}/state/checkpoint", {}),
    ("namespace", "PUT /store/items", {"key": "k", "value": {}}),
    ("key", "PUT /store/items", {"namespace": ["onceproof"], "value": {}}),
    ("value", "PUT /store/items", {"namespace": ["onceproof"], "key": "k"}),
    ("key", "DELETE /store/items", {"namespace": ["onceproof"]}),
]

UNKNOWN: list[Any] = [
    ("if_exists", "POST /assistants", {"graph_id": PROBE}),
    ("sort_by", "POST /assistants/search", {}),
    ("sort_order", "POST /assistants/search", {}),
    ("if_exists", "POST /threads", {}),
    ("status", "POST /threads/search", {}),
    ("sort_by", "POST /threads/search", {}),
    ("sort_order", "POST /threads/search", {}),
    ("status", "POST /threads/count", {}),
    ("multitask_strategy", "POST /threads/{t}/runs", ECHO),
    ("stream_mode", "POST /threads/{t}/runs", ECHO),
    ("durability", "POST /threads/{t}/runs", ECHO),
    ("if_not_exists", "POST /threads/{t}/runs", ECHO),
    ("on_disconnect", "POST /threads/{t}/runs/stream", ECHO),
    ("on_disconnect", "POST /threads/{t}/runs/wait", ECHO),
    ("on_completion", "POST /runs", ECHO),
    ("stream_mode", "POST /runs/stream", ECHO),
    pytest.param("status", "POST /runs/cancel", {}, marks=touches_others(SWEEPS)),
]

OUT_OF_RANGE: list[tuple[str, str, dict[str, Any]]] = [
    ("limit", "POST /assistants/search", {"limit": 0}),
    ("limit", "POST /assistants/search", {"limit": 1001}),
    ("offset", "POST /assistants/search", {"offset": -1}),
    ("limit", "POST /threads/search", {"limit": 0}),
    ("limit", "POST /threads/search", {"limit": 1001}),
    ("offset", "POST /threads/search", {"offset": -1}),
    ("limit", "POST /threads/{t}/history", {"limit": 0}),
    ("limit", "POST /assistants/{a}/versions", {"limit": 0}),
]


def name_case(case: object) -> str:
    """Name a parameter of a test: a field or a route by itself, a body as "body"."""
    return case.replace(" ", ":") if isinstance(case, str) else "body"


@requirement("SYS-12")
@pytest.mark.parametrize("field, route, body", MISSING, ids=name_case)
async def test_a_missing_field_is_named(
    api: Api, thread: str, assistant: str, field: str, route: str, body: dict[str, Any]
) -> None:
    await expect_field_name(api, field, route.format(t=thread, a=assistant), body)


@requirement("SYS-12")
@pytest.mark.parametrize("field, route, body", UNKNOWN, ids=name_case)
async def test_an_unknown_word_is_refused_by_field(
    api: Api, thread: str, assistant: str, field: str, route: str, body: dict[str, Any]
) -> None:
    await expect_field_name(
        api, field, route.format(t=thread, a=assistant), {**body, field: "not-a-word-of-the-api"}
    )


@requirement("SYS-12")
@pytest.mark.parametrize("field, route, body", OUT_OF_RANGE, ids=name_case)
async def test_a_number_out_of_range_is_refused_by_field(
    api: Api, thread: str, assistant: str, field: str, route: str, body: dict[str, Any]
) -> None:
    await expect_field_name(api, field, route.format(t=thread, a=assistant), body)


async def expect_field_name(api: Api, field: str, route: str, body: dict[str, Any]) -> None:
    """Expect 422 with a sentence that contains the name of the field."""
    __tracebackhide__ = True
    method, path = route.split()
    detail = expect_refusal(await api.request(method, path, json=name_any_graph(body)), 422)
    assert field in detail, f"{route} answers {detail[:200]!r}, but should name the field {field!r}"
