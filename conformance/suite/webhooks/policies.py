"""A separate deployment of the target under three policies, one after the other.

limited    domains, ports, length, headers and fields are limited, and runs to two seconds
off        webhooks are disabled
strict     a policy that sets only the length: what is forbidden by default
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
from onceproof.conformance.suite.kit.deployments import start_deployment
from onceproof.conformance.suite.kit.replicas import restart_all, restart_api
from onceproof.conformance.suite.webhooks.calls import await_all_calls, find_call, list_calls
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
#: A public address that leads nowhere (a retired 6to4 relay), since some servers treat the
#: addresses reserved for documentation as private. It is never called: the run is deleted first.
ELSEWHERE = "https://192.88.99.1/x"


@dataclass
class PolicyResults:
    """What happened under the three policies.

    `strict` and `limited` are statuses of creations by the description of their webhook.
    `allowed_call` is the call that was allowed, `timed_out` the reported status of a run that took
    too long, `redirected` whether a receiver had a call to redirect, `strays` the calls at a
    forbidden port to which it did, `unwanted` the calls made although webhooks were disabled, for a
    run whose creation was answered with `off`.
    """

    strict: dict[str, int] = field(default_factory=dict)
    limited: dict[str, int] = field(default_factory=dict)
    allowed_call: Delivery | None = None
    timed_out: str | None = None
    redirected: bool = False
    strays: list[Delivery] = field(default_factory=list)
    off: int = 0
    unwanted: list[Delivery] = field(default_factory=list)


async def play(session: Session) -> PolicyResults:
    """Play the three policies on a deployment of its own."""
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
        configure(config, make_policy([allowed, redirecting]))
        async with start_deployment(session, env, worker_replicas=1) as deployment:
            target, api = deployment.target, deployment.api
            scene = _Scene(session, api, allowed, redirecting, other)
            await scene.play_limits()
            configure(config, {"http": {"disable_webhooks": True}, "webhooks": {"url": HERE}})
            await restart_all(target)
            await scene.play_off()
            # The worker goes on meanwhile, so a forbidden call would have time to come.
            configure(config, {"webhooks": {"url": {"max_url_length": LONGEST}}})
            await restart_api(target)
            await scene.play_strict()
            scene.results.unwanted = list_calls(allowed, OFF)
    return scene.results


def configure(config: Path, entries: Mapping[str, Any]) -> None:
    """Configure the deployment with these entries, besides those of the probes."""
    whole = json.loads(config.read_text(encoding="utf-8"))
    whole.pop("http", None)
    config.write_text(json.dumps({**whole, **entries}), encoding="utf-8")


def make_policy(receivers: Sequence[WebhookReceiver]) -> dict[str, Any]:
    """Make a policy that allows the address and ports of these receivers."""
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
    results: PolicyResults = field(default_factory=PolicyResults)

    async def play_limits(self) -> None:
        url = self.allowed.url
        asked = {
            "another domain": url.replace(self.allowed.host, "localhost"),
            "another port": self.other.url,
            "a URL that is too long": f"{url}/{'x' * LONGEST}",
            "an allowed URL": f"{url}/accepted",
        }
        self.results.limited = {
            what: await try_create(self.api, url) for what, url in asked.items()
        }
        async with Runs(self.api, self.session.history, self.session.sink.url) as runs:
            await runs.create(None, "slow", {"seconds": 60}, webhook=f"{url}/slow")
            await runs.wait(None, "echo", {}, webhook=self.redirecting.url)
            await runs.wait(await runs.new_thread(), "echo", {}, webhook=f"{url}/echo")
            self.results.allowed_call = await find_call(self.allowed, "/echo")
            self.results.redirected = await find_call(self.redirecting, "/") is not None
            slow = await find_call(self.allowed, "/slow")
            self.results.timed_out = str(slow.body.get("status")) if slow else None
            if self.results.allowed_call is not None:
                await await_all_calls(runs, self.allowed)
            self.results.strays = self.other.deliveries

    async def play_off(self) -> None:
        async with Runs(self.api, self.session.history, self.session.sink.url) as runs:
            self.results.off = await try_create(self.api, f"{self.allowed.url}/accepted")
            await runs.wait(await runs.new_thread(), "echo", {}, webhook=self.allowed.url + OFF)

    async def play_strict(self) -> None:
        asked = {
            "loopback by address": "https://127.0.0.1/x",
            "loopback by name": "https://localhost/x",
            "a relative URL": "/x",
            "http": ELSEWHERE.replace("https", "http"),
            "https": ELSEWHERE,
        }
        self.results.strict = {what: await try_create(self.api, url) for what, url in asked.items()}


async def try_create(api: Api, webhook: str) -> int:
    """Try to create a run with this webhook, delete it before it is due, and return the status."""
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
