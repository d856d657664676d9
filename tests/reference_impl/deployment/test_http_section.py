"""Each key of the `http` section does what it says, or ends the start."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from langgraph_sdk import Auth
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from onceproof.reference_impl.auth.guard import guard_routes
from onceproof.reference_impl.auth.loading import Access, build_access
from onceproof.reference_impl.deployment.hosting import Hosting
from onceproof.reference_impl.deployment.http_section import HttpSection, load_http_section
from onceproof.reference_impl.deployment.own_app import OwnApp, add_own
from onceproof.reference_impl.errors import ConfigError

pytestmark = pytest.mark.anyio


def load(tmp_path: Path, http: Any, **settings: Any) -> HttpSection:
    path = tmp_path / "langgraph.json"
    path.write_text(json.dumps({"graphs": {"g": "./g.py:graph"}, "http": http}))
    plain = {"mount_prefix": None, "cors_allow_origins": None}
    return load_http_section(SimpleNamespace(config_path=path, **{**plain, **settings}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "http, sentence",
    [
        ({"allow_origins": []}, "http.allow_origins: this server knows no such key"),
        ({"cors": {"origins": []}}, "http.cors.origins: this server knows no such key"),
        ({"cors": {"max_age": -1}}, "http.cors.max_age: Input should be greater"),
        ({"middleware_order": "last"}, "http.middleware_order: Input should be 'middleware_first'"),
        ({"configurable_headers": {"only": []}}, "http.configurable_headers.only: this server"),
        ({"disable_runs": "perhaps"}, "http.disable_runs: Input should be a valid boolean"),
    ],
)
def test_what_is_not_known_ends_the_start(tmp_path: Path, http: Any, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load(tmp_path, http)


def test_the_variable_names_origins_where_the_section_does_not(tmp_path: Path) -> None:
    found = load(tmp_path, {}, cors_allow_origins="https://a.example, https://b.example").cors
    assert found is not None
    assert found.allow_origins == ["https://a.example", "https://b.example"]


def test_credentials_do_not_go_with_any_origin(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = load(tmp_path, {"cors": {"allow_origins": ["*"], "allow_credentials": True}}).cors
    assert found is not None
    assert not found.allow_credentials
    assert "name the origins" in caplog.text


@pytest.mark.parametrize("words", [("includes", "excludes"), ("include", "exclude")])
def test_headers_are_selected_by_pattern_and_never_credentials(
    tmp_path: Path, words: tuple[str, str]
) -> None:
    rules = {words[0]: ["X-*", "authorization", "*"], words[1]: ["x-secret-*"]}
    found = load(tmp_path, {"configurable_headers": rules}).configurable_headers
    assert found is not None
    sent = {
        "X-Tenant": "a",
        "x-secret-key": "b",
        "authorization": "c",
        "X-API-Key": "d",
        "cookie": "e",
        "langgraph_auth_user_id": "f",
        "thread_id": "g",
    }
    assert found.select(sent.items()) == {"x-tenant": "a"}


class Mark:
    """A middleware that answers by itself, and so shows whether it came first."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("marked"):
            await JSONResponse({"by": "middleware"})(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def answer(request: Request) -> JSONResponse:
    """Answer with what was sent.

    More of this is not shown.
    """
    body = await request.body() if request.method == "POST" else b""
    return JSONResponse({"user": request.user.identity, "body": body.decode()})


async def api_answer(request: Request) -> JSONResponse:
    return JSONResponse({"by": "api"})


@pytest.fixture
def access() -> Access:
    auth = Auth()

    @auth.authenticate
    async def authenticate(authorization: str | None, body: Any) -> str:
        if authorization != "alice":
            raise Auth.exceptions.HTTPException(status_code=401, detail=f"no: {body}")
        return "alice"

    return build_access(auth, {})


def serve(access: Access, **http: Any) -> httpx.AsyncClient:
    own = OwnApp(
        Starlette(
            routes=[Route("/own/{name}", answer, methods=["GET", "POST"])],
            middleware=[Middleware(Mark)],
        )
    )
    routes = guard_routes(
        [Route("/threads/marked", api_answer), Route("/threads", api_answer)], access
    )
    api = Starlette(routes=routes)
    hosting = Hosting(HttpSection.model_validate(http), own)
    hosting.guard_own(access)
    transport = httpx.ASGITransport(hosting.wrap(api, access))
    return httpx.AsyncClient(transport=transport, base_url="http://server")


async def test_own_routes_know_their_user_and_still_read_their_body(access: Access) -> None:
    async with serve(access, enable_custom_route_auth=True) as client:
        refused = await client.post("/own/a", json={"n": 1})
        known = await client.post("/own/a", json={"n": 1}, headers={"authorization": "alice"})
    assert (refused.status_code, refused.json()) == (401, {"detail": "no: {'n': 1}"})
    assert known.json() == {"user": "alice", "body": '{"n":1}'}


@pytest.mark.parametrize("path", ["/threads/marked", "/own/marked"])
@pytest.mark.parametrize("order, status", [("auth_first", 401), ("middleware_first", 200)])
async def test_the_middleware_comes_before_or_after_authentication(
    access: Access, path: str, order: str, status: int
) -> None:
    http = {"middleware_order": order, "enable_custom_route_auth": True}
    async with serve(access, **http) as client:
        assert (await client.get(path)).status_code == status
        known = await client.get("/threads", headers={"authorization": "alice"})
    assert known.json() == {"by": "api"}


async def test_a_browser_reads_errors_of_own_routes_and_of_the_api(access: Access) -> None:
    http = {"cors": {"allow_origins": ["https://a.example"]}, "enable_custom_route_auth": True}
    async with serve(access, **http) as client:
        for path in ("/own/a", "/threads", "/nowhere"):
            seen = await client.get(path, headers={"origin": "https://a.example"})
            assert seen.status_code in (401, 404)
            assert seen.headers["access-control-allow-origin"] == "https://a.example"


def test_own_routes_are_described_beside_the_apis() -> None:
    own = OwnApp(Starlette(routes=[Route("/own/{name}", answer, methods=["GET", "POST"])]))
    document: Any = {"paths": {"/ok": {}}, "components": {"schemas": {}}}
    add_own(document, own.describe())
    assert set(document["paths"]["/own/{name}"]) == {"get", "post"}
    assert document["paths"]["/own/{name}"]["get"]["summary"] == "Answer with what was sent."


def test_schemas_of_one_name_are_kept_apart() -> None:
    ref = {"$ref": "#/components/schemas/Thread"}
    own = {
        "paths": {"/own": {"get": {"x": ref}}},
        "components": {"schemas": {"Thread": {"title": "own"}, "Other": {}}},
    }
    document: Any = {"paths": {}, "components": {"schemas": {"Thread": {"title": "api"}}}}
    add_own(document, own)
    assert document["components"]["schemas"]["Thread"] == {"title": "api"}
    assert document["components"]["schemas"]["OwnThread"] == {"title": "own"}
    assert document["paths"]["/own"]["get"]["x"] == {"$ref": "#/components/schemas/OwnThread"}
