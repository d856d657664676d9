"""One more process beside the pair's first deployment: an API only, under a prefix, cut down.

It executes nothing itself (N_JOBS_PER_WORKER=0), finds its database as POSTGRES_URI, its port as
PORT, has an air-gapped licence key, an application of its own and some groups of routes disabled.
All it shows is collected in one go, because its end is part of that.
"""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from onceproof.conformance.history.vocabulary import TERMINAL
from onceproof.conformance.session import Session
from onceproof.conformance.suite.deployment.boots import boot
from onceproof.conformance.suite.deployment.contents import run_query
from onceproof.conformance.suite.deployment.pair import PREFIX as REDIS_PREFIX
from onceproof.conformance.suite.deployment.pair import Pair
from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.suite.kit.waiting import expect_eventually
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.witness import Beacon, Execution, WebhookReceiver

PREFIX = "/under/here"
DISABLED = {
    "assistants": ("POST", "/assistants/search"),
    "store": ("POST", "/store/items/search"),
    "meta": ("GET", "/info"),
    "mcp": ("POST", "/mcp"),
    "a2a": ("POST", "/a2a/1"),
}
OWN = Path(__file__).parent / "own_routes.py"

SCHEMA = """
    select table_name, column_name, data_type, column_default
    from information_schema.columns where table_schema = 'public' order by 1, 2
"""


@dataclass
class Bare:
    """What the process showed.

    `answers` by method and path; `schema` is the database's before and after its start; `lifespan`
    is what its own application reported while it ran and after its end.
    """

    answers: dict[str, httpx.Response] = field(default_factory=dict)
    status: str | None = None
    executor: Execution | None = None
    executed_it: bool | None = None
    port: int = 0
    beacon_calls: int = 0
    schema: list[list[tuple[Any, ...]]] = field(default_factory=list)
    lifespan: list[list[str]] = field(default_factory=list)
    exit_status: int | None = None

    def answer(self, method: str, path: str) -> httpx.Response:
        return self.answers[f"{method} {path}"]


async def show_bare(pair: Pair, session: Session) -> Bare:
    """Start it, ask it, let it accept a run, and stop it; return what it showed."""
    seen, host = Bare(), session.sink.host
    config = session.options.probes_in(session.folder / f"bare-{uuid4().hex[:8]}")
    shutil.copy(OWN, config.parent)
    seen.schema.append(await run_query(pair.first.databases.database_uri, SCHEMA))
    with Beacon(host=host) as beacon, WebhookReceiver(host=host) as lifespan:
        async with boot(session, _env(pair, beacon, lifespan, config)) as process:
            if not process.serves:
                inconclusive(f"it did not start: {process.output[-500:]}")
            async with Api([process.url], session.history, guard=session.guard) as api:
                await _ask(api, seen)
                await _run(api, pair, seen)
            seen.executed_it = seen.executor is not None and process.ran(seen.executor)
            seen.port = process.port
            seen.lifespan.append(list_reports(lifespan))
            seen.exit_status = await process.stop()
        seen.beacon_calls = len(beacon.deliveries)
        seen.lifespan.append(list_reports(lifespan))
    seen.schema.append(await run_query(pair.first.databases.database_uri, SCHEMA))
    return seen


def list_reports(lifespan: WebhookReceiver) -> list[str]:
    """Return what the lifespan of its own application has reported so far."""
    return [each.path.strip("/") for each in lifespan.deliveries]


def _env(pair: Pair, beacon: Beacon, lifespan: WebhookReceiver, config: Path) -> dict[str, str]:
    disabled = {f"disable_{group}": True for group in DISABLED}
    return {
        "LANGGRAPH_CONFIG_PATH": str(config),
        "POSTGRES_URI": pair.first.databases.database_uri,
        "REDIS_URI": pair.first.databases.redis_uri,
        "REDIS_KEY_PREFIX": REDIS_PREFIX,
        "N_JOBS_PER_WORKER": "0",
        "MOUNT_PREFIX": PREFIX,
        "LANGGRAPH_HTTP": json.dumps({**disabled, "app": f"{config.parent / OWN.name}:app"}),
        "LANGGRAPH_CLOUD_LICENSE_KEY": "air-gapped",
        "LANGGRAPH_BEACON_ENDPOINT": beacon.url,
        "ONCEPROOF_LIFESPAN": lifespan.url,
    }


async def _ask(api: Api, seen: Bare) -> None:
    calls = [
        ("GET", "/ok"),
        *(("GET", f"{PREFIX}{path}") for path in ("/ok", "/own/route")),
        *((method, f"{PREFIX}{path}") for method, path in DISABLED.values()),
        ("POST", "/threads/search"),
        ("POST", f"{PREFIX}/threads/search"),
        ("POST", f"{PREFIX}/threads/count"),
    ]
    for method, path in calls:
        body: dict[str, Any] = {} if method == "GET" else {"json": {}}
        seen.answers[f"{method} {path}"] = await api.request(method, path, **body)


async def _run(api: Api, pair: Pair, seen: Bare) -> None:
    """Accept a run here and see it through."""
    made = await api.post(f"{PREFIX}/threads", json={})
    if made.is_error:
        made = await api.post("/threads", json={})
    thread_id, nonce = made.json()["thread_id"], new_nonce()
    pair.first.runs.threads.adopt(thread_id)
    value = {"nonce": nonce, "steps": 1, "sink": pair.sink.url}
    body = {"assistant_id": "chain", "input": value}
    path = made.request.url.path + f"/{thread_id}/runs"
    run = (await api.post(path, json=body)).json()

    async def has_outcome() -> bool:
        seen.status = (await api.get(f"{path}/{run['run_id']}")).json()["status"]
        return seen.status in TERMINAL

    await expect_eventually("that the run has ended", has_outcome, True)
    seen.executor = pair.sink.executions(nonce)[0]
