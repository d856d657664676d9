"""What the assistants endpoints refuse, with which status, and that they say why."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from onceproof.reference_impl.resources.graphs import default_assistant_id

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/assistants", {"graph_id": "unknown"}, 404),
        ("POST", "/assistants", {}, 422),
        ("POST", "/assistants", {"graph_id": "plain", "assistant_id": "x"}, 422),
        ("POST", "/assistants", {"graph_id": "plain", "if_exists": "x"}, 422),
        ("POST", "/assistants", {"graph_id": "plain", "config": {"configurable": 1}}, 422),
        ("POST", "/assistants", {"graph_id": "plain", "config": {"recursion_limit": 0}}, 422),
        ("POST", "/assistants/search", {"limit": 0}, 422),
        ("POST", "/assistants/search", {"limit": 1001}, 422),
        ("POST", "/assistants/search", {"offset": 10**30}, 422),
        ("POST", "/assistants/search", {"select": ["nope"]}, 422),
        ("POST", "/assistants/search", {"sort_by": "1; drop table assistant"}, 422),
        ("POST", "/assistants/search", {"graph_id": "unknown"}, 404),
        ("POST", "/assistants/search", [], 422),
        ("POST", "/assistants/count", {"graph_id": "unknown"}, 404),
        ("GET", "/assistants/plain", None, 422),
        ("GET", "/assistants/{new}", None, 404),
        ("PATCH", "/assistants/{new}", {}, 404),
        ("PATCH", "/assistants/{plain}", {"graph_id": "unknown"}, 404),
        ("PATCH", "/assistants/{plain}", {"graph_id": "nested"}, 409),
        ("DELETE", "/assistants/{new}", None, 404),
        ("DELETE", "/assistants/{plain}", None, 409),
        ("DELETE", "/assistants/{plain}?delete_threads=maybe", None, 422),
        ("POST", "/assistants/{new}/versions", {}, 404),
        ("POST", "/assistants/{new}/latest", {"version": 1}, 404),
        ("POST", "/assistants/{plain}/latest", {}, 422),
        ("POST", "/assistants/{plain}/latest", {"version": 2**40}, 422),
        ("GET", "/assistants/{new}/graph", None, 404),
        ("GET", "/assistants/unknown/schemas", None, 422),
        ("GET", "/assistants/{plain}/graph?xray=0", None, 422),
        ("GET", "/assistants/{plain}/graph?xray=-1", None, 422),
        ("GET", "/assistants/{plain}/graph?xray=text", None, 422),
        ("PUT", "/assistants/{plain}", {}, 405),
    ],
)
async def test_refusals(
    client: httpx.AsyncClient, method: str, path: str, body: Any, status: int
) -> None:
    path = path.format(new=uuid4(), plain=default_assistant_id("plain"))
    answer = await client.request(method, path, json=body)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


async def test_a_refused_body_names_the_field(client: httpx.AsyncClient) -> None:
    answer = await client.post("/assistants/search", json={"limit": 0})
    assert answer.json()["detail"].startswith("limit: ")
    assert (await client.post("/assistants/search", content=b"{bad")).status_code == 422
