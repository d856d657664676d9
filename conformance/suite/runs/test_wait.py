"""Waiting for a run in the request that creates it."""

import asyncio
import json
from urllib.parse import urlsplit

import httpx

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, same
from onceproof.conformance.suite.kit.gates import gate, hold_run
from onceproof.conformance.suite.kit.waiting import meanwhile, within
from onceproof.conformance.suite.runs.ways import ask
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.create import unwrap
from onceproof.conformance.wire.handles import RunHandle, new_nonce, runs_path
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Sink

#: The five seconds of the requirement, with a tolerance.
SILENCE_S = 7.0
#: Less than the interval of keep-alives.
PROMPT_S = 4.0


@requirement("RUN-14")
async def test_wait_answers_the_final_values(runs: Runs) -> None:
    handle, values = await runs.wait(await runs.new_thread(), "chain", {"steps": 3})
    same("nonce", values["nonce"], handle.nonce)
    same("i", values["i"], 3)
    log = [(entry["nonce"], entry["i"]) for entry in values["log"]]
    same("log", log, [(handle.nonce, i) for i in range(3)])
    same("status after the answer", await runs.status(handle), "success")


@requirement("RUN-14")
async def test_wait_answers_nothing_around_the_values(api: Api, runs: Runs) -> None:
    values = expect(await ask(api, "wait", await runs.new_thread()))
    assert unwrap(values) is values, (
        f"wait answered {values!r}: the values are in there, but they are to be the answer"
    )


@requirement("RUN-17")
async def test_wait_and_join_name_the_url_to_re_attach_to(api: Api, runs: Runs) -> None:
    thread_id = await runs.new_thread()
    waited = await ask(api, "wait", thread_id)
    values = expect(waited)
    joined = await api.get(_read_location(waited))
    same("answer of the URL that wait names", expect(joined), values)
    again = await api.get(_read_location(joined))
    same("answer of the URL that join names", expect(again), values)


@requirement("RUN-17")
async def test_a_cut_wait_can_be_re_attached_to(api: Api, runs: Runs, sink: Sink) -> None:
    """The header is only useful if it comes before the result."""
    thread_id, nonce = await runs.new_thread(), new_nonce()
    async with hold_run(runs, sink, thread_id) as ahead:
        body = {"assistant_id": "echo", "input": {"nonce": nonce}, "on_disconnect": "continue"}
        path = f"{runs_path(thread_id)}/wait"
        async with api.open("POST", path, json=body, timeout_s=PROMPT_S) as response:
            location = _read_location(response)
    same("nonce in the result", expect(await api.get(location))["nonce"], nonce)
    same("status of the run ahead", await runs.until_terminal(ahead), "success")


@requirement("RUN-17")
async def test_a_stateless_wait_names_the_url_to_re_attach_to(api: Api) -> None:
    _read_location(await ask(api, "wait", None))


def _read_location(response: httpx.Response) -> str:
    """Read the path in `Location`, which must end in /join."""
    path = urlsplit(response.headers.get("location", "")).path
    assert path.endswith("/join"), f"Location is {path!r}, but should end in /join"
    return path


@requirement("RUN-16")
async def test_a_pending_wait_and_join_keep_the_connection_alive(
    api: Api, runs: Runs, sink: Sink
) -> None:
    """The awaited run is queued behind the one that is joined."""
    thread_id = await runs.new_thread()
    async with hold_run(runs, sink, thread_id) as held:
        joining = api.open("GET", f"{held.path}/join")
        body = {"assistant_id": "echo", "input": {"nonce": new_nonce(), "text": "alive"}}
        waiting = api.open("POST", f"{runs_path(thread_id)}/wait", json=body)
        async with joining as joined, waiting as waited:
            bodies = [response.aiter_bytes() for response in (joined, waited)]
            async with within(SILENCE_S, "a byte on a pending wait and a pending join"):
                first = await asyncio.gather(*(anext(chunks) for chunks in bodies))
            same("bytes before the result", b"".join(first).strip(), b"")
            sink.release(held.nonce)
            rest = [b"".join([chunk async for chunk in chunks]) for chunks in bodies]
    join_body, wait_body = (json.loads(a + b) for a, b in zip(first, rest, strict=True))
    same("nonce in the body of join", join_body["nonce"], held.nonce)
    same("text in the body of wait", wait_body["text"], "alive")
    same("status of the joined run", await runs.until_terminal(held), "success")


@requirement("RUN-21")
async def test_a_cut_wait_leaves_the_run_going(runs: Runs, sink: Sink) -> None:
    thread_id, input = await runs.new_thread(), {"steps": 4, "sleep_ms": 200}
    with gate(sink) as nonce:
        waiting = runs.wait(thread_id, "chain", input, nonce=nonce, on_disconnect="continue")
        async with meanwhile(waiting) as task:
            await sink.async_wait_for(nonce, "begin")
            task.cancel()
    [run] = expect(await runs.api.get(runs_path(thread_id)))
    handle = RunHandle(nonce, run["run_id"], thread_id, None)
    same("status of the run whose client left", await runs.until_terminal(handle), "success")
    same("steps executed", len(sink.executions(nonce)), 4)
