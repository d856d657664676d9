"""What the server answers to the creation of a run, and how soon."""

import re
import time
from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import RFC3339, UUID, expect, expect_fields, same
from onceproof.conformance.suite.kit.replicas import require_two_replicas
from onceproof.conformance.suite.runs.ways import ask, ask_any, every_way
from onceproof.conformance.wire.any_graph import any_input
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce, runs_path
from onceproof.conformance.wire.runs import Runs

NODE_S = 5
FIELDS = (
    "run_id",
    "thread_id",
    "assistant_id",
    "status",
    "metadata",
    "kwargs",
    "multitask_strategy",
    "created_at",
    "updated_at",
)
#: As the official client reads the header.
LOCATION = re.compile(r"(?:/threads/(?P<thread_id>[^/]+))?/runs/(?P<run_id>[^/]+)")


@requirement("RUN-01")
async def test_creation_does_not_wait_for_the_execution(api: Api, runs: Runs) -> None:
    thread_id = await runs.new_thread()
    asked = time.monotonic()
    response = await ask(
        api, "create", thread_id, "slow", input={"nonce": new_nonce(), "seconds": NODE_S}
    )
    took_s = time.monotonic() - asked
    run = expect(response)
    same("status of the new run", run["status"], "pending")
    assert took_s < NODE_S / 2, f"the creation took {took_s:.1f} s for a node of {NODE_S} s"
    path = f"{runs_path(thread_id)}/{run['run_id']}"
    status = expect(await api.get(path))["status"]
    assert status in ("pending", "running"), f"the run of {NODE_S} s is already {status!r}"
    expect(await api.post(f"{path}/cancel", params={"wait": "1"}), 200, 202, 204)


@requirement("RUN-02")
async def test_a_created_run_is_described_in_full(api: Api, runs: Runs) -> None:
    thread_id = await runs.new_thread()
    knobs = any_input(api.guard, {"nonce": new_nonce(), "text": "described"})
    run = expect(
        await ask_any(api, "create", thread_id, input=knobs, metadata={"tag": "described"})
    )
    expect_fields("the created run", run, FIELDS)
    same("thread_id", run["thread_id"], thread_id)
    same("multitask_strategy", run["multitask_strategy"], "enqueue")
    same("metadata['tag']", run["metadata"].get("tag"), "described")
    same("kwargs['input']", run["kwargs"].get("input"), knobs)
    for name in ("run_id", "assistant_id"):
        assert UUID.fullmatch(run[name]), f"{name} is {run[name]!r}, but should be a UUID"
    for name in ("created_at", "updated_at"):
        assert RFC3339.fullmatch(run[name]), f"{name} is {run[name]!r}, but should be RFC 3339"


@every_way
@requirement("RUN-03")
async def test_content_location_names_the_run_on_its_thread(api: Api, runs: Runs, way: str) -> None:
    thread_id = await runs.new_thread()
    response = await ask_any(api, way, thread_id)
    named = _parse_location(response.headers)
    same("thread in Content-Location", named["thread_id"], thread_id)
    listed = expect(await api.get(runs_path(thread_id)))
    same("runs of the thread", [run["run_id"] for run in listed], [named["run_id"]])


@every_way
@requirement("RUN-03")
async def test_content_location_names_a_stateless_run(api: Api, way: str) -> None:
    response = await ask_any(api, way, None)
    named = _parse_location(response.headers)
    same("thread in Content-Location", named["thread_id"], None)
    assert UUID.fullmatch(named["run_id"]), f"run id is {named['run_id']!r}, but should be a UUID"
    if way == "create":
        same("run in Content-Location", named["run_id"], expect(response)["run_id"])


def _parse_location(headers: Any) -> dict[str, str]:
    location = headers.get("content-location")
    match = LOCATION.fullmatch(location or "")
    assert match, f"Content-Location is {location!r}, but should be /threads/…/runs/… or /runs/…"
    return match.groupdict()


@requirement("RUN-04")
async def test_an_accepted_run_is_readable_on_every_replica_at_once(api: Api, runs: Runs) -> None:
    here, there = require_two_replicas(api)
    thread_id = await runs.new_thread()
    for at, other in [(here, there), (there, here)] * 5:
        handle = await runs.create(thread_id, "chain", {"steps": 1}, at=at)
        run = await runs.read(handle, at=other)
        assert run is not None, f"replica {other} does not know the run that replica {at} accepted"
        listed = expect(await api.get(runs_path(thread_id), at=other, params={"limit": 1}))
        same(f"newest run on replica {other}", listed[0]["run_id"], handle.run_id)
    same("status of the last run", await runs.until_terminal(handle), "success")
