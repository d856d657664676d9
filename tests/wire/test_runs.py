"""The run driver: every operation stands in the history with the outcome it had."""

import asyncio
from typing import Any

import pytest

from onceproof.conformance.checks import run_all
from onceproof.conformance.history import merge
from onceproof.conformance.verdict import Verdict
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.create import unwrap
from onceproof.conformance.wire.handles import RunHandle
from onceproof.conformance.wire.operations import OutcomeUnknown, RunRefused
from onceproof.conformance.wire.runs import Runs, StillRunning
from tests.wire.log import Log
from tests.wire.stand_in import StandIn

pytestmark = pytest.mark.anyio


async def ticks(runs: Runs, total: int = 5, **body: Any) -> RunHandle:
    """A finished, resumable run that emitted `total` ticks."""
    thread = await runs.new_thread()
    given = {"total": total}
    handle = await runs.create(thread, "ticks", given, stream_resumable=True, **body)
    assert await runs.until_terminal(handle) == "success"
    return handle


def outcomes(log: Log, op: str = "run.create") -> list[str]:
    return [record.kind for record in log.records(op=op)]


async def test_a_created_run_is_invoked_and_ok(runs: Runs, log: Log):
    thread = await runs.new_thread()
    handle = await runs.create(thread, "chain", {}, multitask_strategy="enqueue", nonce="n1")
    invoke, ok = log.records(op="run.create")
    assert (invoke.kind, invoke.key, invoke.who) == ("invoke", "n1", ok.who)
    assert invoke.value == {
        "thread_id": thread,
        "assistant": "chain",
        "via": "create",
        "strategy": "enqueue",
        "steps": 3,
    }
    assert (ok.kind, ok.key) == ("ok", "n1")
    assert ok.value == {"run_id": handle.run_id, "thread_id": thread}
    assert invoke.t < ok.t
    assert handle.location == handle.path


async def test_the_input_carries_nonce_and_sink(api: Api, log: Log, state: StandIn):
    runs = Runs(api, log, "http://sink")
    handle = await runs.create(await runs.new_thread(), "echo", {"text": "hi"})
    given = state.runs[handle.run_id].kwargs["input"]
    assert given == {"nonce": handle.nonce, "text": "hi", "sink": "http://sink"}


async def test_a_client_that_may_leave_says_what_becomes_of_its_run(runs: Runs, state: StandIn):
    """Servers differ in what they do where it is not said."""
    thread = await runs.new_thread()
    for body, said in (({}, "continue"), ({"on_disconnect": "cancel"}, "cancel")):
        async with runs.stream(thread, "ticks", {"total": 1}, **body) as sub:
            await sub.collect()
        waited, _ = await runs.wait(thread, "echo", {}, **body)
        for handle in (sub.handle, waited):
            assert state.runs[handle.run_id].kwargs["on_disconnect"] == said


async def test_a_nonce_and_a_sink_of_the_input_are_kept(api: Api, log: Log, state: StandIn):
    runs = Runs(api, log, "http://sink")
    given = {"nonce": "mine", "sink": None}
    handle = await runs.create(await runs.new_thread(), "echo", given)
    assert handle.nonce == "mine"
    assert state.runs[handle.run_id].kwargs["input"] == given


async def test_a_run_without_input_has_a_nonce_in_the_history_only(runs: Runs, state: StandIn):
    handle = await runs.create(await runs.new_thread(), "echo", None)
    assert state.runs[handle.run_id].kwargs["input"] is None
    assert handle.nonce


async def test_a_refused_run_is_fail(runs: Runs, log: Log):
    with pytest.raises(RunRefused, match="404 thread unknown not found") as caught:
        await runs.create("unknown", "echo", {})
    assert caught.value.status == 404
    assert outcomes(log) == ["invoke", "fail"]
    assert log.records("fail")[0].http == {"status": 404, "request_id": None}


async def test_a_server_error_leaves_the_outcome_open(runs: Runs, log: Log):
    with pytest.raises(OutcomeUnknown, match="500 internal error"):
        await runs.create(await runs.new_thread(), "echo", {"defect": "error-500"})
    assert outcomes(log) == ["invoke", "info"]


async def test_a_lost_answer_leaves_the_outcome_open_and_is_recovered(runs: Runs, log: Log):
    with pytest.raises(OutcomeUnknown) as caught:
        await runs.create(await runs.new_thread(), "echo", {"defect": "lost-ack"})
    assert outcomes(log) == ["invoke", "info"]
    handle = await runs.recover(caught.value)
    assert handle is not None
    assert await runs.until_terminal(handle) == "success"
    [mark] = log.records("mark", "info-create-recovered")
    assert mark.value == {"nonce": caught.value.nonce, "run_id": handle.run_id}


async def test_a_run_that_never_was_is_not_recovered(runs: Runs, log: Log):
    with pytest.raises(OutcomeUnknown) as caught:
        await runs.create(await runs.new_thread(), "echo", {"defect": "error-500"})
    assert await runs.recover(caught.value) is None
    assert log.records("mark", "info-create-recovered") == []


async def test_a_success_without_ids_leaves_the_outcome_open(runs: Runs, log: Log):
    with pytest.raises(OutcomeUnknown, match="no ids of 1 runs"):
        await runs.create(await runs.new_thread(), "echo", {"defect": "no-ids"})
    assert outcomes(log) == ["invoke", "info"]


async def test_a_client_whose_outcome_is_unknown_is_retired(runs: Runs, log: Log):
    thread = await runs.new_thread()
    await runs.create(thread, "echo", {})
    with pytest.raises(OutcomeUnknown):
        await runs.create(thread, "echo", {"defect": "error-500"})
    await runs.create(thread, "echo", {})
    first, second, third = (record.who for record in log.records("invoke", "run.create"))
    assert first == second
    assert third != second


async def test_concurrent_operations_have_clients_of_their_own(runs: Runs, log: Log):
    await asyncio.gather(*(runs.create(None, "echo", {"sleep_ms": 5}) for _ in range(8)))
    busy: set[str] = set()
    for record in log.records(op="run.create"):
        assert (record.kind == "invoke") == (record.who not in busy)
        busy ^= {record.who}


async def test_a_caller_that_gives_up_leaves_the_outcome_open(runs: Runs, log: Log):
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await runs.create(None, "echo", {"defect": "late-ack"})
    assert outcomes(log) == ["invoke", "info"]


async def test_a_caller_that_gives_up_waiting_knows_of_the_acceptance(runs: Runs, log: Log):
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await runs.wait(None, "echo", {"sleep_ms": 2000})
    assert outcomes(log) == ["invoke", "ok"]
    assert log.records(op="run.result") == []


async def test_wait_records_the_acceptance_and_the_result(runs: Runs, log: Log):
    handle, body = await runs.wait(await runs.new_thread(), "echo", {"sleep_ms": 50})
    assert body["nonce"] == handle.nonce
    [result] = log.records(op="run.result")
    assert (result.kind, result.key) == ("ok", handle.nonce)
    assert result.value["run_id"] == handle.run_id
    assert [entry["nonce"] for entry in result.value["log"]] == [handle.nonce]
    [ok] = log.records("ok", "run.create")
    assert result.t - ok.t > 40_000_000


async def test_values_that_are_wrapped_are_taken_out(runs: Runs, log: Log):
    handle, body = await runs.wait(await runs.new_thread(), "echo", {"defect": "wrapped"})
    assert body["nonce"] == handle.nonce
    assert log.records(op="run.result")[0].value["log"][0]["nonce"] == handle.nonce
    for plain in ({"values": 1, "messages": []}, {"values": {}}, [], None, "text"):
        assert unwrap(plain) is plain


async def test_the_error_of_a_failed_run_is_its_result(runs: Runs, log: Log):
    await runs.wait(None, "fail", {})
    assert log.records(op="run.result")[0].value["error"]["message"] == "boom"


async def test_a_result_that_is_cut_keeps_the_accepted_run(runs: Runs, log: Log):
    with pytest.raises(OutcomeUnknown, match="did not come in full") as caught:
        await runs.wait(None, "echo", {"defect": "cut-result"})
    assert caught.value.handle is not None
    assert outcomes(log) == ["invoke", "ok"]
    assert await runs.until_terminal(caught.value.handle) == "success"


async def test_join_and_wait_agree_on_the_result(runs: Runs, log: Log):
    handle, body = await runs.wait(await runs.new_thread(), "echo", {})
    assert await runs.join(handle) == body
    first, second = log.records(op="run.result")
    assert first.value == second.value


async def test_a_stream_is_recorded_from_open_to_close(runs: Runs, log: Log):
    async with runs.stream(None, "ticks", {"total": 3}, stream_resumable=True) as sub:
        events = await sub.collect()
    assert [event.name for event in events] == ["metadata", "custom", "custom", "custom"]
    create, opened = log.records("ok")
    assert create.value["run_id"] == opened.value["run_id"] == sub.handle.run_id
    assert opened.value == {
        "nonce": sub.nonce,
        "run_id": sub.handle.run_id,
        "after": None,
        "resumable": True,
        "from_start": True,
        "modes": ["values"],
    }
    recorded = log.records("event")
    assert {record.key for record in recorded} == {sub.id}
    assert [record.value.get("seq") for record in recorded] == [None, 0, 1, 2]
    assert recorded[1].value.keys() >= {"nonce", "total", "token", "h", "digest", "id", "name"}
    assert log.records("mark", "sub.close")[0].value == {"reason": "eof", "nonce": sub.nonce}


async def test_a_cut_stream_resumes_where_it_was_cut(runs: Runs, log: Log):
    given = {"total": 6, "pause_ms": 20}
    async with runs.stream(None, "ticks", given, stream_resumable=True) as sub:
        before = await sub.collect(limit=3)
        await sub.cut()
    async with runs.join_stream(sub.handle, sub.last_event_id) as rest:
        after = await rest.collect()
    assert [event.json().get("seq") for event in before + after] == [None, 0, 1, 2, 3, 4, 5]
    closes = log.records("mark", "sub.close")
    assert [record.value["reason"] for record in closes] == ["cut", "eof"]
    assert log.records("ok", "sub.open")[1].value["after"] == "3-0"


async def test_a_stream_left_early_is_cut(runs: Runs, log: Log):
    async with runs.stream(None, "ticks", {"total": 500, "pause_ms": 5}) as sub:
        await sub.collect(limit=1)
    assert log.records("mark", "sub.close")[0].value["reason"] == "cut"


@pytest.mark.parametrize(("after", "from_start"), [("0", True), ("3-0", False), (None, False)])
async def test_a_replay_from_the_start_is_promised_as_such(
    runs: Runs, log: Log, after: str | None, from_start: bool
):
    handle = await ticks(runs)
    async with runs.join_stream(handle, after, modes="custom") as sub:
        await sub.collect()
    [invoke] = log.records("invoke", "sub.open")
    assert invoke.value["from_start"] is from_start
    assert invoke.value["modes"] == ["custom"]


async def test_an_expired_replay_is_recorded_as_such(runs: Runs, log: Log):
    async with runs.join_stream(await ticks(runs), "3-0", expired=True):
        pass
    assert log.records("invoke", "sub.open")[0].value["expired"] is True


async def test_a_refused_subscription_is_fail(runs: Runs, log: Log):
    gone = RunHandle("n", "00000000-0000-0000-0000-000000000000", "t", None)
    with pytest.raises(RunRefused, match="404"):
        async with runs.join_stream(gone):
            pass
    assert outcomes(log, "sub.open") == ["invoke", "fail"]
    assert log.records("mark", "sub.close") == []


async def test_a_refused_stream_is_a_refused_run(runs: Runs, log: Log):
    with pytest.raises(RunRefused):
        async with runs.stream("unknown", "ticks", {}):
            pass
    assert outcomes(log) == ["invoke", "fail"]
    assert outcomes(log, "sub.open") == ["invoke", "fail"]


async def test_reject_lets_one_of_many_pass(runs: Runs, log: Log):
    thread = await runs.new_thread()
    given = {"sleep_ms": 200}
    tries = [runs.create(thread, "echo", given, multitask_strategy="reject") for _ in range(5)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    refused = [each for each in results if isinstance(each, RunRefused)]
    assert {each.status for each in refused} == {409}
    assert sorted(outcomes(log)) == ["fail"] * 4 + ["invoke"] * 5 + ["ok"]


async def test_a_batch_records_each_of_its_runs(runs: Runs, log: Log):
    items = [{"graph": "echo", "input": {}}, {"graph": "chain", "input": {"steps": 2}}]
    handles = await runs.batch(items)
    assert len({handle.run_id for handle in handles}) == 2
    assert outcomes(log) == ["invoke", "invoke", "ok", "ok"]
    assert [r.value["assistant"] for r in log.records("invoke")] == ["echo", "chain"]
    assert [r.value["run_id"] for r in log.records("ok")] == [h.run_id for h in handles]
    assert [r.key for r in log.records("ok")] == [h.nonce for h in handles]


async def test_status_reads_are_recorded_with_their_call(runs: Runs, log: Log):
    handle = await ticks(runs)
    [*_, last] = log.records(op="run.status")
    assert (last.kind, last.key) == ("ok", handle.nonce)
    assert last.value["status"] == "success"
    assert last.value["call_t"] < last.t


async def test_a_run_that_does_not_end_is_reported(runs: Runs):
    handle = await runs.create(await runs.new_thread(), "echo", {"sleep_ms": 5000})
    with pytest.raises(StillRunning, match=r"is not over after 0\.2 s: running"):
        await runs.until_terminal(handle, timeout_s=0.2)


async def test_cancel_and_delete_return_the_answer_and_record_it(runs: Runs, log: Log):
    handle = await runs.create(await runs.new_thread(), "echo", {"sleep_ms": 5000})
    assert (await runs.cancel(handle)).status_code == 202
    assert (await runs.cancel(handle)).status_code == 409
    assert (await runs.delete(handle)).status_code == 204
    assert await runs.status(handle) is None
    assert outcomes(log, "run.cancel") == ["invoke", "ok", "invoke", "fail"]
    assert outcomes(log, "run.delete") == ["invoke", "ok"]
    invoke = log.records("invoke", "run.cancel")[0]
    assert invoke.value == {"run_id": handle.run_id, "action": "interrupt", "wait": False}


async def test_the_final_snapshot_follows_the_mark(runs: Runs, log: Log, state: StandIn):
    state.forget, state.repeat = {2}, {3}
    thread = await runs.new_thread()
    handles = [await runs.create(thread, "echo", {"sleep_ms": 20}) for _ in range(3)]
    assert await runs.final_snapshot(handles)
    mark, *snaps = [r for r in log.records() if r.op in ("quiesced", "final")]
    assert mark.value == {"drained": True}
    assert [snap.value["status"] for snap in snaps] == ["success", None, "success"]
    assert {snap.value["thread_status"] for snap in snaps} == {"idle"}
    nonces = [entry["nonce"] for entry in snaps[0].value["log"]]
    assert [nonces.count(handle.nonce) for handle in handles] == [1, 0, 2]


@pytest.mark.parametrize(("timeout_s", "drained"), [(0, False), (0.1, True)])
async def test_a_run_that_outlives_the_drain_is_stuck(
    runs: Runs, log: Log, timeout_s: float, drained: bool
):
    handle = await runs.create(await runs.new_thread(), "echo", {"sleep_ms": 5000})
    assert not await runs.final_snapshot([handle], timeout_s=timeout_s)
    assert log.records("mark", "quiesced")[0].value == {"drained": drained}
    assert log.records("snap")[0].value["status"] == "running"


async def test_clean_up_deletes_what_was_made(runs: Runs, state: StandIn):
    other = state.make_thread()
    await runs.new_thread()
    gone = await runs.new_thread()
    await runs.create("0b7e7a52-0000-4000-8000-000000000000", "echo", {}, if_not_exists="create")
    await runs.create(None, "echo", {}, on_completion="keep")
    del state.threads[gone]
    await runs.clean_up()
    assert list(state.threads) == [other]


#: What the stand-in does not show to any check: a sink, faults, objects beside runs.
UNSEEN = {
    "overlap",
    "thread_overlap",
    "stale_commit",
    "checkpoint_chain",
    "progress",
    "cron_ticks",
    "recovery",
    "linearizable",
    "version_order",
    "decided_once",
    "created_once",
    "assistant_created_once",
    "expected_end",
}


async def test_what_the_driver_records_passes_the_checks(runs: Runs, log: Log):
    thread = await runs.new_thread()
    given = {"total": 8, "pause_ms": 5}
    async with runs.stream(thread, "ticks", given, stream_resumable=True) as sub:
        await sub.collect(limit=4)
        await sub.cut()
    async with runs.join_stream(sub.handle, sub.last_event_id) as rest:
        await rest.collect()
    async with runs.join_stream(sub.handle, "0") as whole:
        await whole.collect()
    handles = [(await runs.wait(thread, "chain", {"steps": 1}))[0] for _ in range(3)]
    with pytest.raises(RunRefused):
        await runs.create("unknown", "chain", {})
    await asyncio.gather(*(runs.until_terminal(handle) for handle in handles))
    await runs.final_snapshot([*handles, sub.handle])
    log.flush()
    verdicts = {r.check: (r.verdict, r.reason, r.findings) for r in run_all([*merge([log.path])])}
    unseen = {name for name, (_, reason, _) in verdicts.items() if reason}
    assert unseen <= UNSEEN
    witnessed = verdicts.keys() - unseen
    assert {name: verdicts[name] for name in witnessed} == dict.fromkeys(
        witnessed, (Verdict.PASS, None, ())
    )


@pytest.mark.parametrize(("defect", "check"), [("forget", "lost"), ("repeat", "duplicate")])
async def test_a_broken_server_does_not_pass_the_checks(
    runs: Runs, log: Log, state: StandIn, defect: str, check: str
):
    getattr(state, defect).add(2)
    thread = await runs.new_thread()
    handles = [await runs.create(thread, "chain", {"steps": 1}) for _ in range(3)]
    await runs.final_snapshot(handles)
    log.flush()
    findings = {r.check: [f.key for f in r.findings] for r in run_all([*merge([log.path])])}
    assert findings[check] == [handles[1].nonce]
    assert {key for keys in findings.values() for key in keys} == {handles[1].nonce}
