"""What a request for a run may contain."""

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.suite.kit.assertions import expect, expect_refusal, same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.runs.ways import every_way, refuse_any
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import runs_path
from onceproof.conformance.wire.runs import Runs


@every_way
@requirement("RUN-10")
async def test_config_and_context_together_are_refused(api: Api, runs: Runs, way: str) -> None:
    thread_id = await runs.new_thread()
    config, context = {"configurable": {"tenant": "a"}}, {"tenant": "b"}
    expect_refusal(await refuse_any(api, way, thread_id, config=config, context=context), 400)
    same("runs of the thread", expect(await api.get(runs_path(thread_id))), [])


@every_way
@requirement("RUN-32")
async def test_an_unknown_stream_mode_is_refused(api: Api, runs: Runs, way: str) -> None:
    thread_id = await runs.new_thread()
    expect_refusal(await refuse_any(api, way, thread_id, stream_mode="telepathy"), 422)
    expect_refusal(await refuse_any(api, way, thread_id, stream_mode=["values", "telepathy"]), 422)
    same("runs of the thread", expect(await api.get(runs_path(thread_id))), [])


@requirement("RUN-33")
async def test_feedback_links_that_cannot_be_made_leave_the_result_alone(
    api: Api, runs: Runs, observe: Observed
) -> None:
    thread_id = await runs.new_thread()
    async with runs.stream(
        thread_id, "chain", {"steps": 2}, stream_mode=["values"], feedback_keys=["thumbs"]
    ) as sub:
        names = [event.name for event in await sub.collect()]
        seen = "an error event" if "error" in names else "no event"
        observe(f"feedback without a tracing service: {seen}")
        same("status", await runs.until_terminal(sub.handle), "success")
    state = expect(await api.get(f"/threads/{thread_id}/state"))
    same("finished steps", [entry["i"] for entry in state["values"]["log"]], [0, 1])
    thread = expect(await api.get(f"/threads/{thread_id}"))
    same("status of the thread", thread["status"], "idle")
