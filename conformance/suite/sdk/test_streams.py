"""`client.runs.stream` and `join_stream`: the client yields what the graph wrote."""

from collections.abc import AsyncIterator
from typing import Any

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.wire.handles import new_nonce

TOTAL = 12
CUT = 5


def make_input(**more: Any) -> dict[str, Any]:
    """Make an input for the graph `ticks`."""
    return {"nonce": new_nonce(), "total": TOTAL, **more}


def list_ticks(parts: list[Any]) -> list[int]:
    """List the numbers of the ticks among these parts."""
    errors = [part.data for part in parts if part.event == "error"]
    assert not errors, f"the stream has an error: {errors[0]}"
    return [part.data["seq"] for part in parts if part.event == "custom"]


async def collect(parts: AsyncIterator[Any]) -> list[Any]:
    """Collect all parts of a stream."""
    return [part async for part in parts]


@requirement("SDK-01", "SDK-02")
async def test_a_stream_is_whole_and_names_its_run(client: Any, thread_id: str) -> None:
    reports: list[Any] = []
    modes = ["custom", "values"]
    parts = await collect(
        client.runs.stream(
            thread_id, "ticks", input=make_input(), stream_mode=modes, on_run_created=reports.append
        )
    )
    same("first part", parts[0].event, "metadata")
    same("reported run", [each["run_id"] for each in reports], [parts[0].data["run_id"]])
    same("ticks", list_ticks(parts), list(range(TOTAL)))
    same("last values", [each for each in parts if each.event == "values"][-1].data["total"], TOTAL)


@requirement("SDK-01", "SDK-02")
async def test_a_stateless_stream_is_whole(client: Any) -> None:
    parts = await collect(
        client.runs.stream(None, "ticks", input=make_input(), stream_mode="custom")
    )
    same("ticks", list_ticks(parts), list(range(TOTAL)))


@requirement("SDK-01", "SDK-02")
async def test_a_failing_run_ends_its_stream_with_an_error(client: Any, thread_id: str) -> None:
    asked = {"nonce": new_nonce(), "message": "a failure of the probe"}
    parts = await collect(client.runs.stream(thread_id, "fail", input=asked))
    [error] = [part.data for part in parts if part.event == "error"]
    same("error", (error["error"], error["message"]), ("ValueError", "a failure of the probe"))


@requirement("SDK-01", "SDK-02")
async def test_join_stream_goes_on_after_the_last_event_id(client: Any, thread_id: str) -> None:
    stream = client.runs.stream(
        thread_id,
        "ticks",
        input=make_input(sleep_ms=20),
        stream_mode="custom",
        stream_resumable=True,
        on_disconnect="continue",
    )
    before: list[Any] = []
    async for part in stream:
        before.append(part)
        if len(list_ticks(before)) == CUT:
            break
    await stream.aclose()
    after = await collect(
        client.runs.join_stream(
            thread_id, before[0].data["run_id"], last_event_id=before[-1].id, stream_mode="custom"
        )
    )
    same("ticks over both streams", list_ticks(before) + list_ticks(after), list(range(TOTAL)))


@requirement("SDK-01", "SDK-02")
async def test_join_stream_follows_a_background_run_to_its_end(client: Any, thread_id: str) -> None:
    run = await client.runs.create(
        thread_id,
        "ticks",
        input=make_input(sleep_ms=20),
        stream_mode=["custom", "values"],
        stream_resumable=True,
    )
    parts = await collect(client.runs.join_stream(thread_id, run["run_id"], last_event_id="-1"))
    same("ticks", list_ticks(parts), list(range(TOTAL)))
    same("status", (await client.runs.get(thread_id, run["run_id"]))["status"], "success")
