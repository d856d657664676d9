"""The same creation sent twice with the same key makes one run."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.openapi import claims
from onceproof.conformance.suite.kit.replicas import require_two_replicas
from onceproof.conformance.suite.kit.streams import demand_ticks
from onceproof.conformance.suite.kit.verdicts import not_applicable
from onceproof.conformance.suite.runs.keyed import KeyedRequests, list_run_ids, post_and_disconnect
from onceproof.conformance.suite.runs.ways import every_way
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import locate, new_nonce, runs_path
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

AT_ONCE = 8


@pytest.fixture
async def keyed_requests(api: Api, aside_sink: Sink) -> KeyedRequests:
    """Requests with a key, on a target that accepts them."""
    if not await claims(api, "POST", "/threads/{thread_id}/runs", "Idempotency-Key"):
        not_applicable("the target does not document an Idempotency-Key")
    return KeyedRequests(api, aside_sink.url)


@every_way
@pytest.mark.parametrize("stateless", [False, True], ids=["thread", "stateless"])
@requirement("RUN-X1")
async def test_a_retry_on_another_replica_is_answered_with_the_same_run(
    keyed_requests: KeyedRequests, aside: Runs, aside_sink: Sink, way: str, stateless: bool
) -> None:
    thread_id, nonce = None if stateless else await aside.new_thread(), new_nonce()
    first = await keyed_requests.ask(way, thread_id, nonce, at=0)
    again = await keyed_requests.ask(way, thread_id, nonce, at=-1)
    same(
        "the runs that the answers name",
        _parse_run_ids([first, again]),
        [_parse_run_ids([first])[0]] * 2,
    )
    await aside_sink.async_wait_for(nonce, "end", timeout_s=20)
    same("executions", len(aside_sink.executions(nonce)), 1)


@requirement("RUN-X1")
async def test_the_retry_of_a_wait_is_answered_with_the_output(
    keyed_requests: KeyedRequests, aside: Runs
) -> None:
    thread_id, nonce = await aside.new_thread(), new_nonce()
    outputs = [expect(await keyed_requests.ask("wait", thread_id, nonce)) for _ in range(2)]
    same("steps in the output", [entry["i"] for entry in outputs[0]["log"]], [0])
    same("the output of the retry", outputs[1], outputs[0])


@requirement("RUN-X1")
async def test_the_retry_of_a_cut_resumable_stream_has_all_its_events(
    keyed_requests: KeyedRequests, aside: Runs
) -> None:
    thread_id, nonce = await aside.new_thread(), new_nonce()
    body: dict[str, Any] = {"stream_mode": "custom", "stream_resumable": True}
    body |= {"assistant_id": "ticks", "input": {"nonce": nonce, "total": 20, "sleep_ms": 5}}
    body["on_disconnect"] = "continue"
    async with keyed_requests.stream(thread_id, nonce, body, at=0) as stream:
        seen = await stream.collect(limit=3)
    async with keyed_requests.stream(thread_id, nonce, body, at=-1) as stream:
        events = await stream.collect()
    demand_ticks(events, nonce, 20)
    same("ids of what was seen before the cut", [e.id for e in events][:3], [e.id for e in seen])
    same("runs of the thread", len(await list_run_ids(aside.api, thread_id)), 1)


@requirement("RUN-X1")
async def test_the_retry_of_a_batch_is_answered_with_the_same_runs(
    keyed_requests: KeyedRequests, api: Api, aside: Runs
) -> None:
    thread_id = await aside.new_thread()
    one = {"assistant_id": "echo", "thread_id": thread_id}
    items = [{**one, "input": {"nonce": new_nonce()}} for _ in range(3)]
    key = {"Idempotency-Key": new_nonce()}
    first, again = [
        expect(await api.post("/runs/batch", json=items, headers=key)) for _ in range(2)
    ]
    same("ids of the retry", [r["run_id"] for r in again], [r["run_id"] for r in first])
    same("runs of the thread", len(await list_run_ids(api, thread_id)), 3)


@requirement("RUN-X1")
async def test_a_key_is_refused_with_another_body(
    keyed_requests: KeyedRequests, aside: Runs
) -> None:
    thread_id, key = await aside.new_thread(), new_nonce()
    expect(await keyed_requests.ask("create", thread_id, new_nonce(), key=key))
    sentence = expect_refusal(
        await keyed_requests.ask("create", thread_id, new_nonce(), key=key), 422
    )
    same("whether the refusal names the key", key in sentence, True)
    same("runs of the thread", len(await list_run_ids(aside.api, thread_id)), 1)


@every_way
@requirement("RUN-X1")
async def test_of_many_at_once_on_two_replicas_one_makes_the_run(
    keyed_requests: KeyedRequests, api: Api, aside: Runs, aside_sink: Sink, way: str
) -> None:
    places = require_two_replicas(api)
    thread_id, nonce = await aside.new_thread(), new_nonce()
    answers = await asyncio.gather(
        *(keyed_requests.ask(way, thread_id, nonce, at=places[n % 2]) for n in range(AT_ONCE))
    )
    made = await list_run_ids(api, thread_id)
    same("the runs that the answers name", _parse_run_ids(answers), made * AT_ONCE)
    await aside_sink.async_wait_for(nonce, "end", timeout_s=20)
    same("executions", len(aside_sink.executions(nonce)), 1)


@requirement("RUN-X1")
async def test_a_client_that_left_before_its_answer_retries_safely(
    keyed_requests: KeyedRequests, api: Api, aside: Runs, aside_sink: Sink
) -> None:
    thread_id, nonce = await aside.new_thread(), new_nonce()
    headers, body = keyed_requests.headers(nonce), keyed_requests.body(nonce)
    await post_and_disconnect(api, runs_path(thread_id), headers, body)
    # The run shows that the request was accepted, and its answer lost.
    await aside_sink.async_wait_for(nonce, "begin", timeout_s=20)
    again = await keyed_requests.ask("create", thread_id, nonce, at=-1)
    same("the run of the retry", _parse_run_ids([again]), await list_run_ids(api, thread_id))
    await aside_sink.async_wait_for(nonce, "end", timeout_s=20)
    same("executions", len(aside_sink.executions(nonce)), 1)


@requirement("RUN-X1")
async def test_a_creation_that_was_refused_has_not_used_its_key(
    keyed_requests: KeyedRequests, aside: Runs
) -> None:
    thread_id, nonce = str(uuid4()), new_nonce()
    expect_refusal(await keyed_requests.ask("create", thread_id, nonce), 404)
    await aside.new_thread(thread_id=thread_id)
    expect(await keyed_requests.ask("create", thread_id, nonce))
    same("runs of the thread", len(await list_run_ids(aside.api, thread_id)), 1)


@requirement("RUN-X1")
async def test_a_run_that_was_deleted_is_not_made_again(
    keyed_requests: KeyedRequests, api: Api, aside: Runs, aside_sink: Sink
) -> None:
    thread_id, nonce = await aside.new_thread(), new_nonce()
    first = await keyed_requests.ask("wait", thread_id, nonce)
    expect(await api.delete(first.headers["content-location"]), 204)
    expect_refusal(await keyed_requests.ask("wait", thread_id, nonce), 409)
    same("executions", len(aside_sink.executions(nonce)), 1)


def _parse_run_ids(answers: Sequence[httpx.Response]) -> list[str | None]:
    """Parse the run id from `Content-Location` of each answer, which must be a success."""
    for response in answers:
        same("status", response.status_code, 200)
    return [locate(response).get("run_id") for response in answers]
