"""Health, metrics, the API's description of itself, and the limit on bodies."""

import asyncio
import time
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import jsonschema
import pytest
import uvicorn
from redis.exceptions import RedisError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from onceproof.reference_impl.api import system
from onceproof.reference_impl.api.limits import BodyLimit
from onceproof.reference_impl.api.openapi import document
from onceproof.reference_impl.http import Json, read_json

pytestmark = pytest.mark.anyio


class AwayBroker:
    async def ping(self) -> None:
        raise RedisError("connection refused")


class SilentPool:
    """A Postgres that takes a query and never answers."""

    async def _never(self, *arguments: Any, **options: Any) -> None:
        await asyncio.Event().wait()

    fetchval = fetchrow = _never


@pytest.mark.parametrize("path", ["/ok", "/"])
async def test_healthy(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).json() == {"ok": True}
    probed = await client.get(path, params={"check_db": 1})
    assert probed.status_code == 200
    assert probed.json() == {"ok": True, "services": {"postgres": "ok", "redis": "ok"}}


async def test_unhealthy_says_which_and_does_not_wait(
    client: httpx.AsyncClient, services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "PROBE_S", 0.2)
    services.broker, services.pool = AwayBroker(), SilentPool()
    assert (await client.get("/ok")).status_code == 200
    began = time.monotonic()
    answer = await client.get("/ok?check_db=1")
    assert time.monotonic() - began < 2
    assert answer.status_code == 503
    assert answer.json()["ok"] is False
    sentence = "postgres is silent for 0.2 s; redis is away: connection refused"
    assert answer.json()["detail"] == sentence


async def test_metrics_do_not_wait_either(
    client: httpx.AsyncClient, services: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "PROBE_S", 0.2)
    services.pool = SilentPool()
    answer = await client.get("/metrics?format=json")
    assert (answer.status_code, bool(answer.json()["detail"])) == (503, True)


async def test_info_tells_which_parts_exist(client: httpx.AsyncClient, app: Starlette) -> None:
    info = (await client.get("/info")).json()
    assert info["version"]
    assert info["langgraph_py_version"]
    assert info["flags"] == {"assistants": True, "crons": True}
    app.router.routes[:] = [
        route for route in app.router.routes if not getattr(route, "path", "").startswith("/runs/c")
    ]
    assert (await client.get("/info")).json()["flags"]["crons"] is False


async def test_metrics_count_runs_and_slots(
    client: httpx.AsyncClient, pool: asyncpg.Pool, services: Any
) -> None:
    before = (await client.get("/metrics?format=json")).json()
    assert "workers" not in before
    services.worker = SimpleNamespace(max=3, active=1, count_refusals=lambda: {"ends_total": 2})
    thread_id = await pool.fetchval(
        "insert into thread (thread_id) values ($1) returning thread_id", uuid4()
    )
    await add_run(pool, thread_id, "running")
    for _ in range(2):
        await add_run(pool, thread_id, "pending")
    after = (await client.get("/metrics?format=json")).json()
    assert after["queue"]["n_pending"] - before["queue"]["n_pending"] == 2
    assert after["queue"]["n_running"] - before["queue"]["n_running"] == 1
    assert after["workers"] == {"max": 3, "active": 1, "available": 2}
    text = await client.get("/metrics?format=unknown")
    assert text.headers["content-type"].startswith("text/plain")
    assert "agent_server_workers_available 2\n" in text.text


async def test_a_run_whose_lease_has_passed_waits(
    client: httpx.AsyncClient, pool: asyncpg.Pool
) -> None:
    before = (await client.get("/metrics?format=json")).json()["queue"]
    thread_id = await pool.fetchval(
        "insert into thread (thread_id) values ($1) returning thread_id", uuid4()
    )
    await add_run(pool, thread_id, "running", lease="-1 hour")
    await add_run(pool, thread_id, "pending")  # behind it, so that nobody could start it
    after = (await client.get("/metrics?format=json")).json()["queue"]
    assert after["n_pending"] - before["n_pending"] == 2
    assert after["n_running"] == before["n_running"]
    assert 3600 <= after["oldest_pending_s"] < 3700


async def add_run(
    pool: asyncpg.Pool, thread_id: UUID, status: str, lease: str | None = None
) -> None:
    await pool.execute(
        """insert into run (run_id, thread_id, assistant_id, status, multitask_strategy, ready, due,
                            lease_until)
           values ($1, $2, $1, $3, 'enqueue', false, now(), now() + $4::text::interval)""",
        uuid4(),
        thread_id,
        status,
        lease,
    )


async def test_the_document_describes_every_route_and_resolves(
    client: httpx.AsyncClient, app: Starlette
) -> None:
    served = (await client.get("/openapi.json")).json()
    assert served["openapi"].startswith("3.1")
    for route in app.routes:
        assert isinstance(route, Route)
        described = served["paths"][route.path.replace(":path", "")]
        assert (route.methods or set()) - {"HEAD"} <= {name.upper() for name in described}
    operations = [one for methods in served["paths"].values() for one in methods.values()]
    ids = [one["operationId"] for one in operations]
    assert len(set(ids)) == len(ids)
    assert all(one["summary"] for one in operations)
    schemas = served["components"]["schemas"]
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    references = set(find(served, "$ref"))
    assert references
    assert references <= {f"#/components/schemas/{name}" for name in schemas}
    assert schemas["NewAssistant"]["required"] == ["graph_id"]


def find(value: Any, key: str) -> list[Any]:
    """Every value under `key`, however deep."""
    children = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return []
    mine = [value[key]] if isinstance(value, dict) and key in value else []
    return mine + [found for child in children for found in find(child, key)]


def test_a_route_without_description_still_appears() -> None:
    async def undescribed(request: Request) -> Json:
        return Json({})

    made = document([Route("/a/{a_id}/b/{rest:path}", undescribed, methods=["GET"])], "1")
    names = [one["name"] for one in made["paths"]["/a/{a_id}/b/{rest}"]["get"]["parameters"]]
    assert names == ["a_id", "rest"]


async def test_docs_are_a_page_of_all_operations(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "POST /assistants/{assistant_id}/latest" in answer.text


async def test_unknown_path_and_wrong_verb(client: httpx.AsyncClient) -> None:
    for method, path, status in (("GET", "/nope", 404), ("DELETE", "/assistants", 405)):
        answer = await client.request(method, path)
        assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)


class AnnouncingServer(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config):
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listens.set()


@pytest.fixture
async def limited_client(free_tcp_port: int) -> AsyncIterator[httpx.AsyncClient]:
    """A real HTTP server that takes 1,000 bytes, as only one shows what becomes of a connection."""

    async def echo(request: Request) -> Json:
        assert request.client
        return Json({"port": request.client.port, "body": await read_json(request)})

    async def refused(request: Request, error: Any) -> JSONResponse:
        return JSONResponse({"detail": error.detail}, error.status_code)

    app = Starlette(
        routes=[Route("/", echo, methods=["POST"])],
        middleware=[Middleware(BodyLimit, max_bytes=1000)],
        exception_handlers={413: refused},
    )
    config = uvicorn.Config(app, port=free_tcp_port, lifespan="off", log_level="error")
    server = AnnouncingServer(config)
    serving = asyncio.create_task(server.serve())
    await server.listens.wait()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_tcp_port}") as client:
        yield client
    server.should_exit = True
    await serving


async def chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * 10_000


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
async def test_too_large_a_body_is_refused_and_the_connection_lives(
    limited_client: httpx.AsyncClient, announced: bool
) -> None:
    first = await limited_client.post("/", json={"a": 1})
    content = b" " * 1_000_000 if announced else chunks(100)
    refused = await limited_client.post("/", content=content)
    assert refused.status_code == 413
    assert refused.json() == {"detail": "the body exceeds the limit of 1000 bytes"}
    after = await limited_client.post("/", content=b'"' + b"x" * 998 + b'"')
    assert after.json()["body"] == "x" * 998
    assert after.json()["port"] == first.json()["port"]
