"""What a receiver learns about a run that has ended, and when."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from onceproof.conformance.access.clients import open_sync_client
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import RFC3339, expect_fields, same
from onceproof.conformance.suite.kit.gates import hold_run
from onceproof.conformance.suite.kit.reads import Observed, read_state
from onceproof.conformance.suite.kit.verdicts import blame
from onceproof.conformance.suite.webhooks.calls import await_all_calls, await_call, list_calls
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import RunHandle, new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink, WebhookReceiver
from onceproof.conformance.witness.connection import Request, Response

#: They fail while the other tests run, so that no test has to wait for them later.
pytestmark = pytest.mark.usefixtures("failing")

RUN = ("run_id", "thread_id", "assistant_id", "status", "metadata", "created_at", "updated_at")
TIMES = ("run_started_at", "run_ended_at", "webhook_sent_at")


@requirement("WHK-01")
async def test_every_way_to_make_a_run_leads_to_one_call(
    runs: Runs, receiver: WebhookReceiver
) -> None:
    hook, made = f"{receiver.url}/{new_nonce()}", {}
    for where in ("thread", "stateless"):
        thread_id = await runs.new_thread() if where == "thread" else None
        for way in ("create", "wait", "stream"):
            path = f"{hook}-{where}-{way}"
            made[path] = await _create_run(runs, way, thread_id, path)
    items = [
        {"graph": "chain", "input": {"steps": 1}, "webhook": f"{hook}-batch-{n}"} for n in range(2)
    ]
    batch = await runs.batch(items)
    made |= {str(item["webhook"]): handle for item, handle in zip(items, batch, strict=True)}
    for path, handle in made.items():
        body = await await_call(receiver, path.removeprefix(receiver.url))
        same(f"run_id in the call to {path}", body.get("run_id"), handle.run_id)
    await await_all_calls(runs, receiver)
    counts = {path: len(list_calls(receiver, path.removeprefix(receiver.url))) for path in made}
    same("calls of each webhook", counts, dict.fromkeys(made, 1))


async def _create_run(runs: Runs, way: str, thread_id: str | None, webhook: str) -> RunHandle:
    if way == "create":
        return await runs.create(thread_id, "chain", {"steps": 1}, webhook=webhook)
    if way == "wait":
        handle, _ = await runs.wait(thread_id, "chain", {"steps": 1}, webhook=webhook)
        return handle
    async with runs.stream(thread_id, "chain", {"steps": 1}, webhook=webhook) as sub:
        await sub.collect()
    return sub.handle


@requirement("WHK-02")
async def test_the_call_describes_the_run_and_its_result(
    runs: Runs, api: Api, receiver: WebhookReceiver
) -> None:
    thread_id, path, marker = await runs.new_thread(), f"/{new_nonce()}", new_nonce()
    handle, _ = await runs.wait(
        thread_id, "chain", {}, webhook=receiver.url + path, metadata={"marker": marker}
    )
    body = await await_call(receiver, path)
    expect_fields("the call", body, (*RUN, *TIMES, "values"))
    same("run_id", body["run_id"], handle.run_id)
    same("thread_id", body["thread_id"], thread_id)
    same("status", body["status"], "success")
    same("the marker in the metadata", body["metadata"].get("marker"), marker)
    same("values", body["values"], (await read_state(api, thread_id))["values"])
    assert not body.get("error"), f"the call of a run that succeeded has an error: {body['error']}"
    _expect_order(body, ("created_at", *TIMES))


@requirement("WHK-02")
async def test_the_call_of_a_failed_run_has_its_error(
    runs: Runs, receiver: WebhookReceiver
) -> None:
    path, boom = f"/{new_nonce()}", f"boom {new_nonce()}"
    await runs.wait(await runs.new_thread(), "fail", {"message": boom}, webhook=receiver.url + path)
    body = await await_call(receiver, path, "WHK-03")
    same("status", body.get("status"), "error")
    assert boom in str(body.get("error")), (
        f"error is {body.get('error')!r}, but should contain {boom!r}"
    )


def _expect_order(body: dict[str, Any], names: Sequence[str]) -> None:
    for name in names:
        assert RFC3339.fullmatch(str(body[name])), (
            f"{name} is {body[name]!r}, but should be an RFC 3339 time"
        )
    times = [datetime.fromisoformat(body[name]) for name in names]
    same(f"the order of {', '.join(names)}", times, sorted(times))


class Inquirer(WebhookReceiver):
    """Asks every replica for the run before it answers the call, as a receiver might."""

    def __init__(self, urls: Sequence[str], host: str) -> None:
        super().__init__(host=host)
        self._urls = urls
        self.seen: list[str] = []

    async def receive(self, request: Request) -> Response:
        run = json.loads(request.body)
        path = f"/threads/{run['thread_id']}/runs/{run['run_id']}"
        self.seen += [await asyncio.to_thread(_read_status, url, path) for url in self._urls]
        return await super().receive(request)


def _read_status(url: str, path: str) -> str:
    with open_sync_client(url, timeout=10) as client:
        status: str = client.get(path).json()["status"]
    return status


@requirement("WHK-04")
async def test_a_run_is_terminal_before_its_webhook_is_called(
    runs: Runs, api: Api, receiver: WebhookReceiver
) -> None:
    with Inquirer(api.urls, receiver.host) as inquirer:
        await runs.create(await runs.new_thread(), "chain", {}, webhook=inquirer.url)
        with blame("WHK-01"):
            await inquirer.async_wait(1)
        same("statuses at the time of the call", set(inquirer.seen), {"success"})


@requirement("WHK-07")
async def test_the_call_of_a_stateless_run_has_null_or_the_final_values(
    runs: Runs, receiver: WebhookReceiver, observe: Observed
) -> None:
    path = f"/{new_nonce()}"
    _, values = await runs.wait(None, "chain", {"steps": 1}, webhook=receiver.url + path)
    body = await await_call(receiver, path)
    expect_fields("the call", body, ("values",))
    if body["values"] is not None:
        same("values", body["values"], values)
    observe(f"values of a stateless run: {'null' if body['values'] is None else 'the final ones'}")


@requirement("WHK-08")
async def test_a_run_cancelled_while_pending_is_not_told_of_or_as_interrupted(
    runs: Runs, sink: Sink, receiver: WebhookReceiver, observe: Observed
) -> None:
    thread_id, path = await runs.new_thread(), f"/{new_nonce()}"
    async with hold_run(runs, sink, thread_id, steps=1):
        queued = await runs.create(thread_id, "chain", {"steps": 1}, webhook=receiver.url + path)
        await runs.cancel(queued)
        same("status", await runs.until_terminal(queued), "interrupted")
    await await_all_calls(runs, receiver)
    statuses = [delivery.body.get("status") for delivery in list_calls(receiver, path)]
    assert statuses in ([], ["interrupted"]), (
        f"the calls reported {statuses}, but should report 'interrupted' at most once"
    )
    observe(f"webhook of a run cancelled while pending: {'called' if statuses else 'not called'}")
