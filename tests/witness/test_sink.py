"""The sink: tokens, the record, the live view, refusals, gates, and waits without polling."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from onceproof.conformance.checks import assumptions
from onceproof.conformance.errors import OnceproofError, UsageError
from onceproof.conformance.history import Record, Recorder
from onceproof.conformance.verdict import Verdict
from onceproof.conformance.witness import Sink, WitnessTimeout
from tests.witness.clients import Say, fetch, raw

Begin = Callable[..., int]
Records = Callable[[], list[Record]]


def test_tokens_are_global_and_executions_count_one_step(say: Say) -> None:
    who = {"pid": 1, "host": "a"}
    answers = [
        say("begin", nonce="n1", step=0, **who)[1],
        say("begin", nonce="n2", step=0, **who)[1],
        say("begin", nonce="n1", step=1, **who)[1],
        say("begin", nonce="n1", step=0, **who)[1],
        say("begin", nonce="n1", step="0", **who)[1],
    ]

    assert [answer["token"] for answer in answers] == [1, 2, 3, 4, 5]
    assert [answer["executions"] for answer in answers] == [1, 1, 1, 2, 1]


def test_every_sign_is_recorded_with_the_execution_it_belongs_to(
    say: Say, begin: Begin, records: Records
) -> None:
    token = begin("n1", step=2)
    say("ping", token=token)
    say("effect", token=token, nonce="n1", key="k")
    say("end", token=token, nonce="n1", outcome="ok")

    who = {"token": token, "step": 2, "pid": 7, "host": "worker"}
    assert [(record.kind, record.op, record.key, record.value) for record in records()] == [
        ("effect", "begin", "n1", {**who, "executions": 1}),
        ("effect", "ping", "n1", who),
        ("effect", "effect", "n1", {**who, "key": "k"}),
        ("effect", "end", "n1", {**who, "outcome": "ok"}),
    ]


def test_once_is_a_whole_execution_in_one_instant(say: Say, sink: Sink, records: Records) -> None:
    assert say("once", nonce="n1", key="k") == (200, {"token": 1})

    (execution,) = sink.executions("n1")
    assert (execution.via, execution.step, execution.effects) == ("once", "k", ["k"])
    assert execution.begin_t == execution.last_t == execution.end_t
    (record,) = records()
    assert record.op == "once"
    who = {"token": 1, "step": "k", "pid": None, "host": None}
    assert record.value == {**who, "key": "k", "outcome": "ok"}


def test_what_the_sink_records_satisfies_the_assumptions_of_the_checks(
    say: Say, begin: Begin, records: Records
) -> None:
    with ThreadPoolExecutor() as pool:
        tokens = list(pool.map(begin, ["n1", "n2"] * 20))
        list(pool.map(lambda token: say("ping", token=token), tokens))
    say("end", token=tokens[0], nonce="n1", outcome="ok")
    assert say("end", token=tokens[0], nonce="n1", outcome="ok")[0] == 400

    assert len(records()) == 81
    assert assumptions.check(records()).verdict is Verdict.PASS


def test_the_live_view_tells_an_open_execution_from_an_ended_one(
    say: Say, begin: Begin, sink: Sink
) -> None:
    first, second = begin("n1", 0), begin("n1", 1)
    say("ping", token=first)
    say("effect", token=first, nonce="n1", key="a")
    say("end", token=first, nonce="n1", outcome="ValueError")

    ended, still_open = sink.executions("n1")
    assert (ended.token, ended.pings, ended.effects) == (first, 1, ["a"])
    assert (ended.outcome, ended.end_t) == ("ValueError", ended.last_t)
    assert ended.begin_t < ended.last_t
    assert (still_open.token, still_open.end_t, still_open.outcome) == (second, None, None)
    assert sink.executions("another") == []


def test_what_a_test_holds_does_not_change_under_it(say: Say, begin: Begin, sink: Sink) -> None:
    token = begin("n1")
    (before,) = sink.executions("n1")
    say("effect", token=token, nonce="n1", key="a")

    assert before.effects == []
    assert sink.executions("n1")[0].effects == ["a"]


@pytest.mark.parametrize(
    "verb, message, complaint",
    [
        ("begin", {"nonce": "n1"}, "missing required field `step`"),
        ("begin", {"nonce": 1, "step": 0, "pid": 1, "host": "a"}, "Expected `str`, got `int`"),
        ("ping", {"token": 99}, "token 99 was never handed out"),
        ("effect", {"token": 1, "nonce": "n2", "key": "a"}, "token 1 belongs to 'n1', not 'n2'"),
        ("end", {"token": 1, "nonce": "n1"}, "missing required field `outcome`"),
    ],
)
def test_a_message_that_does_not_fit_is_refused_and_not_recorded(
    say: Say, begin: Begin, records: Records, verb: str, message: dict[str, Any], complaint: str
) -> None:
    begin("n1")
    status, answer = say(verb, **message)

    assert status == 400
    assert complaint in answer["error"]
    assert len(records()) == 1


def test_malformed_requests_get_an_answer_in_json(sink: Sink) -> None:
    assert fetch(f"{sink.url}/begin", b"{not json")[0] == 400
    assert fetch(f"{sink.url}/nowhere", b"{}")[0] == 404
    assert fetch(f"{sink.url}/begin", None, "GET")[0] == 405

    answer = raw(sink.url, b"this is no HTTP at all\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json")
    assert b'{"error": "this is not a plain HTTP/1.1 request' in answer


def test_pipelined_requests_are_answered_in_order(sink: Sink) -> None:
    sink.hold("n1")
    data = b"".join(
        b"POST /%b HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (verb, len(body), body)
        for verb, body in (
            (b"begin", b'{"nonce":"n1","step":0,"pid":1,"host":"a"}'),
            (b"once", b'{"nonce":"n2","key":"k"}'),
        )
    )
    last = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    with ThreadPoolExecutor() as pool:
        answers = pool.submit(raw, sink.url, data + last)
        sink.wait_for("n1", "begin", timeout_s=5)
        assert sink.executions("n2") == []
        sink.release("n1")
        bodies = re.findall(rb"\r\n\r\n({.*?})", answers.result(5))

    assert bodies[:2] == [b'{"token":1,"executions":1}', b'{"token":2}']
    assert bodies[2].startswith(b'{"error": "\'/\' is not one of')


def test_a_wait_ends_with_the_sign_it_waits_for(say: Say, begin: Begin, sink: Sink) -> None:
    begin("n1", step=0)
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(sink.wait_for, "n1", "begin", step=3)
        other = pool.submit(sink.wait_for, "n1", "begin", 2)
        begin("n2", step=3)
        assert not waiting.done()
        assert not other.done()
        token = begin("n1", step=3)

        assert [one.token for one in waiting.result(5)] == [token]
        assert [one.step for one in other.result(5)] == [0, 3]


def test_a_wait_for_what_has_been_seen_returns_at_once(say: Say, begin: Begin, sink: Sink) -> None:
    token = begin("n1")
    for _ in range(3):
        say("ping", token=token)

    assert sink.wait_for("n1", "ping", 3, timeout_s=0)[0].pings == 3


def test_a_wait_in_vain_says_what_was_seen_instead(say: Say, begin: Begin, sink: Sink) -> None:
    token = begin("n1", step=0)
    begin("n1", step=1)
    say("end", token=token, nonce="n1", outcome="ok")

    with pytest.raises(WitnessTimeout) as raised:
        sink.wait_for("n1", "end", 1, step=1, timeout_s=0.05)
    assert str(raised.value) == (
        "waited 0.05 s for 1 end of step 1 of 'n1', but saw 2 begin, 1 end of steps 0, 1"
    )
    with pytest.raises(TimeoutError, match="of any step of 'n9', but saw nothing at all"):
        sink.wait_for("n9", "begin", timeout_s=0)


@pytest.mark.anyio
async def test_coroutines_wait_without_blocking_their_loop(
    say: Say, begin: Begin, sink: Sink
) -> None:
    timer = threading.Timer(0.1, begin, ["n1"])
    timer.start()
    assert len(await sink.async_wait_for("n1", "begin", timeout_s=5)) == 1
    timer.join()

    with pytest.raises(WitnessTimeout, match="for 2 begin of any step of 'n1', but saw 1 begin"):
        await sink.async_wait_for("n1", "begin", 2, timeout_s=0.05)
    begin("n1")  # a wait that was given up must not break the next sign
    assert len(sink.executions("n1")) == 2


def test_a_gate_holds_the_answer_but_not_the_record(say: Say, begin: Begin, sink: Sink) -> None:
    sink.hold("n1", step=1)
    begin("n1", step=0)
    begin("n2", step=1)
    with ThreadPoolExecutor() as pool:
        held = pool.submit(begin, "n1", 1)
        sink.wait_for("n1", "begin", step=1, timeout_s=5)
        say("ping", token=1)
        assert not held.done()
        sink.release("n1")
        assert held.result(5) == 3

    assert begin("n1", step=1) == 4


def test_a_gate_without_a_step_holds_every_step(begin: Begin, sink: Sink) -> None:
    sink.hold("n1")
    with ThreadPoolExecutor() as pool:
        held = [pool.submit(begin, "n1", step) for step in (0, "a")]
        sink.wait_for("n1", "begin", 2, timeout_s=5)
        assert not any(one.done() for one in held)
        sink.release("n1")
        assert sorted(one.result(5) for one in held) == [1, 2]


def test_a_gate_may_hold_the_first_execution_alone(begin: Begin, sink: Sink) -> None:
    sink.hold("n1", step=0, count=1)
    with ThreadPoolExecutor() as pool:
        held = pool.submit(begin, "n1", 0)
        sink.wait_for("n1", "begin", timeout_s=5)
        assert begin("n1", step=0) == 2
        assert not held.done()
        sink.release("n1")
        assert held.result(5) == 1


def test_a_forgotten_gate_fails_the_node(say: Say, sink: Sink) -> None:
    sink.hold("n1", step=0, limit_s=0.05)
    status, answer = say("begin", nonce="n1", step=0, pid=1, host="a")

    assert status == 503
    assert answer["error"] == "step 0 of 'n1' was held for 0.05 s and never released"


def test_a_target_in_a_container_is_given_a_name_it_can_reach(history: Recorder) -> None:
    with Sink(history, host="0.0.0.0", public_host="host.docker.internal") as sink:
        assert sink.url.startswith("http://host.docker.internal:")
    with pytest.raises(UsageError, match="public_host="):
        Sink(history, host="0.0.0.0")


def test_an_address_that_cannot_be_listened_on_is_named(history: Recorder) -> None:
    sink = Sink(history, host="203.0.113.1")
    with pytest.raises(OnceproofError, match=r"effect sink cannot listen on '203\.0\.113\.1'"):
        sink.start()
    sink.stop()


def test_a_sink_that_could_not_record_says_so_when_it_stops(history: Recorder) -> None:
    sink = Sink(history)
    sink.start()
    history.close()
    status, answer = fetch(f"{sink.url}/once", b'{"nonce":"n1","key":"k"}')
    assert status == 500
    assert "the effect sink itself failed" in answer["error"]
    with pytest.raises(OnceproofError, match="what it recorded is not complete"):
        sink.stop()


def test_stopping_hangs_up_and_ends_the_thread(history: Recorder) -> None:
    with Sink(history) as sink:
        sink.hold("n1")
        with ThreadPoolExecutor() as pool:
            message = b'{"nonce":"n1","step":0,"pid":1,"host":"a"}'
            held = pool.submit(fetch, f"{sink.url}/begin", message)
            sink.wait_for("n1", "begin", timeout_s=5)
            sink.stop()
            with pytest.raises(OSError):
                held.result(5)
        sink.release("n1")
    assert not [thread for thread in threading.enumerate() if thread.name == "effect sink"]
