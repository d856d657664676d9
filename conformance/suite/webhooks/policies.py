"""A deployment of the target's own under three policies, one after the other.

limited    domains, ports, length, headers and fields, and runs of two seconds at most
off        webhooks are switched off
strict     a policy on nothing but the length: what it forbids by default
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.deployments import second_deployment
from onceproof.conformance.suite.kit.restarts import restart_all, restart_api
from onceproof.conformance.suite.webhooks.calls import all_came, calls, one_call
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Answer, Delivery, WebhookReceiver

LONGEST = 100
FIELDS = ("run_id", "status", "values")
TOKEN = "a token of the deployment"
HEADERS = {"x-fixed": "as configured", "x-token": "Bearer ${{ env.LG_WEBHOOK_TOKEN }}"}
LIMIT_S = 2
OFF = "/off"
HERE = {"require_https": False, "disable_loopback": False}
#: No private address, and none that leads anywhere (a relay of 6to4, which is no more); no call is
#: made, the run is cancelled before it is due. Those for documents count as private to some.
ELSEWHERE = "https://192.88.99.1/x"


@dataclass
class Played:
    """What came of it.

    `strict` and `limited` are statuses of creations by their webhook's description. `told` is the
    call that was allowed, `timed_out` the status told of a run that took too long, `strays` the
    calls at a port that is not allowed, to which a receiver redirected, `unwanted` those made
    although webhooks were off, of a run whose creation answered `off`.
    """

    strict: dict[str, int] = field(default_factory=dict)
    limited: dict[str, int] = field(default_factory=dict)
    told: Delivery | None = None
    timed_out: str | None = None
    strays: list[Delivery] = field(default_factory=list)
    off: int = 0
    unwanted: list[Delivery] = field(default_factory=list)


async def played(session: Session) -> Played:
    """Play it."""
    config = session.options.probes_in(session.folder / f"webhooks-{uuid4().hex[:8]}")
    env = {
        "LANGGRAPH_CONFIG_PATH": str(config),
        "LG_WEBHOOK_TOKEN": TOKEN,
        "BG_JOB_TIMEOUT_SECS": str(LIMIT_S),
    }
    with ExitStack() as stack:
        host = session.sink.host
        allowed = stack.enter_context(WebhookReceiver(host=host))
        other = stack.enter_context(WebhookReceiver(host=host))
        redirect = Answer(307, headers={"location": other.url})
        redirecting = stack.enter_context(WebhookReceiver(redirect, host=host))
        configure(config, limits([allowed, redirecting]))
        async with (
            second_deployment(session, env=env, worker_replicas=1) as target,
            Api(target.urls, session.history) as api,
        ):
            scene = _Scene(session, api, allowed, redirecting, other)
            await scene.limited()
            configure(config, {"http": {"disable_webhooks": True}, "webhooks": {"url": HERE}})
            await restart_all(target)
            await scene.off()
            # The worker goes on meanwhile, so a call that must not come has time to.
            configure(config, {"webhooks": {"url": {"max_url_length": LONGEST}}})
            await restart_api(target)
            await scene.strict()
            scene.played.unwanted = calls(allowed, OFF)
    return scene.played


def configure(config: Path, entries: Mapping[str, Any]) -> None:
    """Make these the entries of the deployment's configuration, beside those of the probes."""
    whole = json.loads(config.read_text())
    whole.pop("http", None)
    config.write_text(json.dumps({**whole, **entries}))


def limits(receivers: Sequence[WebhookReceiver]) -> dict[str, Any]:
    """A policy that allows the ports of these receivers, by address."""
    url = {
        **HERE,
        "allowed_domains": [receivers[0].host],
        "allowed_ports": [urlsplit(each.url).port for each in receivers],
        "max_url_length": LONGEST,
    }
    return {"webhooks": {"url": url, "headers": HEADERS, "allowed_fields": list(FIELDS)}}


@dataclass
class _Scene:
    session: Session
    api: Api
    allowed: WebhookReceiver
    redirecting: WebhookReceiver
    other: WebhookReceiver
    played: Played = field(default_factory=Played)

    async def limited(self) -> None:
        url = self.allowed.url
        asked = {
            "another domain": url.replace(self.allowed.host, "localhost"),
            "another port": self.other.url,
            "a URL that is too long": f"{url}/{'x' * LONGEST}",
            "an allowed URL": f"{url}/accepted",
        }
        self.played.limited = {what: await created(self.api, url) for what, url in asked.items()}
        async with Runs(self.api, self.session.history, self.session.sink.url) as runs:
            await runs.create(None, "slow", {"seconds": 60}, webhook=f"{url}/slow")
            await runs.wait(None, "echo", {}, webhook=self.redirecting.url)
            await runs.wait(await runs.new_thread(), "echo", {}, webhook=f"{url}/told")
            await one_call(self.allowed, "/told")
            [self.played.told] = calls(self.allowed, "/told")
            await self.redirecting.async_wait(1)
            self.played.timed_out = (await one_call(self.allowed, "/slow")).get("status")
            await all_came(runs, self.allowed)
            self.played.strays = self.other.deliveries

    async def off(self) -> None:
        async with Runs(self.api, self.session.history, self.session.sink.url) as runs:
            self.played.off = await created(self.api, f"{self.allowed.url}/accepted")
            await runs.wait(await runs.new_thread(), "echo", {}, webhook=self.allowed.url + OFF)

    async def strict(self) -> None:
        asked = {
            "loopback by address": "https://127.0.0.1/x",
            "loopback by name": "https://localhost/x",
            "a relative URL": "/x",
            "http": ELSEWHERE.replace("https", "http"),
            "https": ELSEWHERE,
        }
        self.played.strict = {what: await created(self.api, url) for what, url in asked.items()}


async def created(api: Api, webhook: str) -> int:
    """The status of creating a run with this webhook; the run is gone before it is due."""
    thread_id = (await api.post("/threads", json={})).json()["thread_id"]
    body = {
        "assistant_id": "echo",
        "input": {"nonce": new_nonce()},
        "webhook": webhook,
        "after_seconds": 600,
    }
    response = await api.post(f"/threads/{thread_id}/runs", json=body)
    await api.delete(f"/threads/{thread_id}")
    return response.status_code
