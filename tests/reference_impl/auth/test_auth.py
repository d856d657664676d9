"""Who calls and what they may do: the seam between requests and a deployment's handlers."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from langgraph_sdk import Auth
from starlette.routing import Route

from onceproof.reference_impl.api import assistants, crons, runs, state, store, streams, threads
from onceproof.reference_impl.auth.authentication import Authentication
from onceproof.reference_impl.auth.loading import build_access, load_access
from onceproof.reference_impl.auth.users import user_from
from onceproof.reference_impl.core.user import User, describe_user
from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.resources.assistants import register_defaults
from tests.reference_impl.thread_server import Served, serve

pytestmark = pytest.mark.anyio

ROUTES = [
    (method, route.path)
    for module in (assistants, threads, state, runs, streams, crons, store)
    for route in module.routes
    if isinstance(route, Route)
    for method in sorted((route.methods or set()) - {"HEAD"})
]

#: What makes a request fit its schema, so that the handlers are reached.
RUN = {"assistant_id": "chain", "input": {}}
CRON = {**RUN, "schedule": "0 0 1 1 *"}
FITTING: dict[str, Any] = {
    "POST /assistants": {"graph_id": "chain"},
    "POST /assistants/{assistant_id}/latest": {"version": 1},
    "POST /threads/prune": {"thread_ids": [str(uuid4())]},
    "POST /threads/{thread_id}/state/checkpoint": {"checkpoint": {}},
    "POST /runs/batch": [RUN],
    "POST /runs/cancel": {"status": "all"},
    "POST /runs/crons": CRON,
    "POST /threads/{thread_id}/runs/crons": CRON,
    "PUT /store/items": {"namespace": ["n"], "key": "k", "value": {}},
    "DELETE /store/items": {"namespace": ["n"], "key": "k"},
}


def owning(update: bool = True) -> Auth:
    """Handlers by which everybody owns what they make; `update` also guards the owner itself."""
    auth = Auth()

    @auth.authenticate
    def authenticate(headers: dict[bytes, bytes]) -> str:
        return headers[b"x-user"].decode()

    @auth.on
    async def own(ctx: Auth.types.AuthContext, value: Any) -> Any:
        if ctx.action in ("create", "create_run") or (update and ctx.action == "update"):
            value["metadata"]["owner"] = ctx.user.identity
        return {"owner": ctx.user.identity}

    return auth


@asynccontextmanager
async def serve_with_auth(pool: asyncpg.Pool, auth: Auth) -> AsyncIterator[Served]:
    async with serve(pool, build_access(auth, {})) as api_server:
        await register_defaults(pool, api_server.services.graphs)
        api_server.client.headers["x-user"] = f"user-{uuid4()}"
        yield api_server


@pytest.fixture
async def api_server(pool: asyncpg.Pool) -> AsyncIterator[Served]:
    async with serve_with_auth(pool, owning()) as api_server:
        yield api_server


@pytest.fixture
def other() -> dict[str, str]:
    """The headers of another user."""
    return {"x-user": f"user-{uuid4()}"}


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_no_endpoint_forgets_to_ask(pool: asyncpg.Pool, method: str, path: str) -> None:
    auth = Auth()
    auth.authenticate(lambda: "alice")

    @auth.on
    async def refuse(ctx: Any, value: Any) -> bool:
        return False

    async with serve_with_auth(pool, auth) as api_server:
        filled = re.sub(r"{\w+(:\w+)?}", lambda match: str(uuid4()), path)
        options: dict[str, Any] = {"params": {"namespace": "n", "key": "k"}}
        if method in ("POST", "PUT", "PATCH") or (method, path) == ("DELETE", "/store/items"):
            options["json"] = FITTING.get(f"{method} {path}", RUN)
        response = await api_server.client.request(method, filled, **options)
    assert response.status_code == 403, response.text


async def test_a_patch_gives_nothing_away(pool: asyncpg.Pool) -> None:
    async with serve_with_auth(pool, owning(update=False)) as api_server:
        thread = (await api_server.thread())["thread_id"]
        assistant = await api_server.post("/assistants", {"graph_id": "chain"})
        cron = await api_server.post("/runs/crons", CRON)
        for path in (
            f"/threads/{thread}",
            f"/assistants/{assistant['assistant_id']}",
            f"/runs/crons/{cron['cron_id']}",
        ):
            before = await api_server.get(path)
            response = await api_server.client.patch(path, json={"metadata": {"owner": "bob"}})
            assert response.status_code == 403
            assert await api_server.get(path) == before


async def test_a_foreign_assistant_is_not_there(api_server: Served, other: dict[str, str]) -> None:
    made = await api_server.post("/assistants", {"graph_id": "chain"})
    path = f"/assistants/{made['assistant_id']}"
    client = api_server.client
    search = {"metadata": {"owner": api_server.client.headers["x-user"]}}
    for response in (
        await client.get(path, headers=other),
        await client.patch(path, headers=other, json={"name": "bob's"}),
        await client.delete(path, headers=other),
        await client.post(f"{path}/versions", headers=other),
        await client.post(f"{path}/latest", headers=other, json={"version": 1}),
        await client.get(f"{path}/graph", headers=other),
    ):
        assert response.status_code == 404
    found = await client.post("/assistants/search", headers=other, json=search)
    counted = await client.post("/assistants/count", headers=other, json=search)
    assert (found.json(), counted.json()) == ([], 0)
    assert len(await api_server.post("/assistants/search", search)) == 1


async def test_a_foreign_cron_is_not_there(api_server: Served, other: dict[str, str]) -> None:
    thread = (await api_server.thread())["thread_id"]
    made = await api_server.post(f"/threads/{thread}/runs/crons", CRON)
    path, client, search = (
        f"/runs/crons/{made['cron_id']}",
        api_server.client,
        {"thread_id": thread},
    )
    for response in (
        await client.get(path, headers=other),
        await client.patch(path, headers=other, json={"enabled": False}),
        await client.delete(path, headers=other),
        await client.post(f"/threads/{thread}/runs/crons", headers=other, json=CRON),
    ):
        assert response.status_code == 404
    found = await client.post("/runs/crons/search", headers=other, json=search)
    counted = await client.post("/runs/crons/count", headers=other, json=search)
    assert (found.json(), counted.json()) == ([], 0)
    assert await api_server.post("/runs/crons/search", search) == [made]


async def test_who_made_a_cron_is_stored_but_not_shown(api_server: Served) -> None:
    me = api_server.client.headers["x-user"]
    made = await api_server.post("/runs/crons", CRON)
    path = f"/runs/crons/{made['cron_id']}"
    patched = await api_server.client.patch(path, json={"enabled": False})
    for shown in (made, patched.json(), await api_server.get(path)):
        assert "made_by" not in shown
        assert shown["metadata"]["owner"] == me
    stored = "select made_by from cron where cron_id = $1"
    assert await api_server.services.pool.fetchval(stored, UUID(made["cron_id"])) == {
        "identity": me
    }


async def test_a_copy_belongs_to_who_copied(api_server: Served) -> None:
    copied = await api_server.post(f"/threads/{(await api_server.thread())['thread_id']}/copy")
    assert copied["metadata"]["owner"] == api_server.client.headers["x-user"]


async def test_threads_go_with_an_assistant_only_if_they_are_ones_own(
    api_server: Served, other: dict[str, str]
) -> None:
    made = await api_server.post("/assistants", {"graph_id": "chain"})
    about = {"metadata": {"assistant_id": made["assistant_id"]}}
    mine = (await api_server.thread())["thread_id"]
    response = await api_server.client.post("/threads", headers=other)
    theirs = response.json()["thread_id"]
    await api_server.services.pool.execute(
        "update thread set metadata = metadata || $1::jsonb where thread_id = any($2::uuid[])",
        about["metadata"],
        [mine, theirs],
    )
    path = f"/assistants/{made['assistant_id']}?delete_threads=true"
    assert (await api_server.client.delete(path)).status_code == 204
    left = [
        (await api_server.client.get(f"/threads/{thread_id}", headers=headers)).status_code
        for thread_id, headers in ((mine, {}), (theirs, other))
    ]
    assert left == [404, 200]


@pytest.mark.parametrize("strategy", ["enqueue", "reject", "interrupt", "rollback"])
async def test_a_foreign_busy_thread_is_answered_like_none(
    api_server: Served, other: dict[str, str], strategy: str
) -> None:
    thread_id = (await api_server.thread())["thread_id"]
    run_id = await api_server.run_row(thread_id, "running")
    body = {**RUN, "multitask_strategy": strategy, "if_not_exists": "create"}
    response = await api_server.client.post(f"/threads/{thread_id}/runs", headers=other, json=body)
    assert response.status_code == 404
    cancel = "select cancel from run where run_id = $1"
    assert await api_server.services.pool.fetchval(cancel, run_id) is None
    assert len(await api_server.get(f"/threads/{thread_id}/runs")) == 1


async def test_the_user_is_stored_with_a_run_but_not_shown(api_server: Served) -> None:
    thread_id = (await api_server.thread())["thread_id"]
    body = {**RUN, "config": {"configurable": {"langgraph_auth_user": {"identity": "bob"}}}}
    run = await api_server.post(f"/threads/{thread_id}/runs", body)
    stored = await api_server.services.pool.fetchval(
        "select kwargs from run where run_id = $1", run["run_id"]
    )
    assert stored["user"] == {"identity": api_server.client.headers["x-user"]}
    [listed] = await api_server.get(f"/threads/{thread_id}/runs")
    for shown in (run, listed, await api_server.get(f"/threads/{thread_id}/runs/{run['run_id']}")):
        assert "user" not in shown["kwargs"]
        assert "langgraph_auth_user" not in shown["kwargs"]["config"]["configurable"]


async def test_store_filters_are_refused_rather_than_forgotten(api_server: Served) -> None:
    response = await api_server.client.post("/store/items/search", json={})
    assert response.status_code == 403
    assert "metadata" in response.json()["detail"]


@pytest.mark.parametrize("answer", ["yes", 1, [("owner", "alice")], {"$or": []}], ids=str)
async def test_an_answer_that_means_nothing_lets_nobody_in(pool: asyncpg.Pool, answer: Any) -> None:
    auth = Auth()
    auth.authenticate(lambda: "alice")

    @auth.on
    async def unclear(ctx: Any, value: Any) -> Any:
        return answer

    async with serve_with_auth(pool, auth) as api_server:
        response = await api_server.client.get(f"/threads/{uuid4()}")
    assert (response.status_code, response.json()) == (500, {"detail": "Internal server error"})


async def test_a_failed_assertion_is_a_refusal(pool: asyncpg.Pool) -> None:
    auth = Auth()

    @auth.authenticate
    async def authenticate(authorization: str | None) -> str:
        if authorization is None:
            raise AssertionError("no token")
        return "alice"

    @auth.on
    async def on(ctx: Any, value: Any) -> None:
        raise AssertionError("not you")

    async with serve_with_auth(pool, auth) as api_server:
        path = f"/threads/{uuid4()}"
        refused = await api_server.client.get(path)
        assert (refused.status_code, refused.json()["detail"]) == (401, "no token")
        refused = await api_server.client.get(path, headers={"authorization": "x"})
        assert (refused.status_code, refused.json()["detail"]) == (403, "not you")


async def test_authenticate_gets_what_it_asks_for(pool: asyncpg.Pool) -> None:
    seen: dict[str, Any] = {}
    auth = Auth()

    @auth.authenticate
    async def authenticate(
        request, body, path, method, path_params, query_params, headers, authorization, more=1
    ) -> str:
        seen.update(locals())
        return "alice"

    async with serve_with_auth(pool, auth) as api_server:
        thread_id = str(uuid4())
        await api_server.client.patch(
            f"/threads/{thread_id}?a=b",
            json={"metadata": {}},
            headers={"authorization": "Bearer x"},
        )
    assert seen["body"] == {"metadata": {}}
    assert (seen["method"], seen["path"]) == ("PATCH", f"/threads/{thread_id}")
    assert (seen["path_params"], seen["query_params"]) == ({"thread_id": thread_id}, {"a": "b"})
    assert (seen["headers"][b"authorization"], seen["authorization"]) == (b"Bearer x", "Bearer x")
    assert (seen["request"].url.path, seen["more"]) == (seen["path"], 1)


@pytest.mark.parametrize(
    "found",
    [
        "alice",
        {"identity": "alice", "permissions": ["read"], "org": "a"},
        SimpleNamespace(identity="alice", permissions=["read"], org="a", _token="t"),
    ],
    ids=["text", "mapping", "object"],
)
def test_a_user_is_a_mapping_with_attributes(found: Any) -> None:
    user = user_from(found)
    assert (user.identity, user["identity"], user.display_name) == ("alice",) * 3
    assert user.is_authenticated
    assert isinstance(user, Auth.types.BaseUser)
    assert "_token" not in user
    if found != "alice":
        assert (user.permissions, user.org) == (["read"], "a")
    assert not hasattr(user, "nothing")


@pytest.mark.parametrize("found", [None, "", {}, {"identity": 1}, SimpleNamespace(name="alice")])
def test_a_user_without_identity_is_none(found: Any) -> None:
    with pytest.raises(TypeError, match="identity"):
        user_from(found)


def test_a_graph_is_told_the_user_of_its_run() -> None:
    configurable = describe_user({"identity": "alice"})
    assert isinstance(configurable["langgraph_auth_user"], User)
    assert configurable["langgraph_auth_user_id"] == "alice"
    assert describe_user(None) == {}


def test_an_unknown_parameter_of_authenticate_is_told_at_start() -> None:
    with pytest.raises(ConfigError, match="asks for 'token'"):
        Authentication(lambda token: token)


@pytest.mark.parametrize(
    ("entry", "module", "why"),
    [
        ({}, "", None),
        ({"disable_studio_auth": True}, "", "must name it by 'path'"),
        ({"path": "./own.py:auth"}, "auth = 1", "is a int, not a langgraph_sdk.Auth"),
        ({"path": "./own.py:auth"}, "from langgraph_sdk import Auth; auth = Auth()", "@auth.auth"),
    ],
)
def test_a_wrong_entry_is_told_at_start(tmp_path: Any, entry: Any, module: str, why: Any) -> None:
    (tmp_path / "own.py").write_text(module)
    config = tmp_path / "langgraph.json"
    config.write_text(json.dumps({"graphs": {"a": "b"}, "auth": entry}))
    if why is None:
        assert load_access(config) is None
        return
    with pytest.raises(ConfigError, match=re.escape(why)):
        load_access(config)


async def test_the_description_shows_the_declared_security(pool: asyncpg.Pool) -> None:
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
    declared = {"securitySchemes": schemes, "security": [{"key": []}]}
    async with serve(pool, build_access(owning(), declared)) as api_server:
        shown = await api_server.get("/openapi.json")
    assert shown["components"]["securitySchemes"] == schemes
    assert shown["security"] == [{"key": []}]
    assert "Error" in shown["components"]["schemas"]


async def test_an_identity_from_a_database_is_its_text(pool: asyncpg.Pool) -> None:
    auth, identity = owning(), uuid4()
    auth._authenticate_handler = None
    auth.authenticate(lambda: {"identity": identity})
    async with serve_with_auth(pool, auth) as api_server:
        thread = await api_server.thread()
        assert thread["metadata"]["owner"] == str(identity)
        await api_server.get(f"/threads/{thread['thread_id']}")


async def test_a_user_called_by_a_wildcard_sees_no_namespace_of_others(pool: asyncpg.Pool) -> None:
    auth = Auth()

    @auth.authenticate
    async def authenticate(headers: dict[bytes, bytes]) -> str:
        return headers[b"x-user"].decode()

    @auth.on.store
    async def scope(ctx: Auth.types.AuthContext, value: Any) -> None:
        value["namespace"] = (ctx.user.identity, *(value["namespace"] or ()))

    async with serve_with_auth(pool, auth) as api_server:
        client, me = api_server.client, api_server.client.headers["x-user"]
        item = {"namespace": ["notes", "a"], "key": "k", "value": {}}
        assert (await client.put("/store/items", json=item)).status_code == 204
        path, everybody = "/store/namespaces", {"x-user": "*"}
        assert (await client.post(path, json={}, headers=everybody)).status_code == 403
        wild = {"prefix": ["*", "a"]}
        assert (await client.post(path, json=wild, headers=everybody)).status_code == 403
        found = await client.post(path, json=wild)
        assert found.json() == {"namespaces": [[me, "notes", "a"]]}
