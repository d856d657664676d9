"""Histories of things that really happen to queues and streams: lawful, and almost so."""

from onceproof.conformance.history import Record
from onceproof.conformance.history.build import (
    begin,
    close_sub,
    effect,
    end,
    entry,
    event,
    fault,
    info,
    invoke,
    ok,
    open_sub,
    ping,
    quiesce,
    snap,
)
from tests.checks.judge_records import collect_accusations, judge

CREATED = [
    invoke("run.create", "a", thread_id="t1", steps=2),
    ok("run.create", "a", run_id="r", thread_id="t1"),
]


def step(token: int, i: int) -> list[Record]:
    return [begin("a", token, i), effect("a", token, str(i)), end("a", token)]


def final(*tokens: int) -> list[Record]:
    log = [entry("a", i, token) for i, token in enumerate(tokens)]
    return [quiesce(), snap("a", "success", log=log)]


def zombie() -> list[Record]:
    """Worker 1 stops inside step 1, worker 2 takes over, worker 1 wakes and writes too late."""
    stop = fault("stop", "inject", replica="w1", recovery_ms=1)
    wake = fault("stop", "heal", replica="w1")
    late = [ping("a", 2), effect("a", 2, "1"), end("a", 2)]
    return [*CREATED, *step(1, 0), begin("a", 2, 1), stop, *step(3, 1), wake, *late]


def test_a_zombie_whose_late_write_is_fenced_off():
    assert collect_accusations(*zombie(), *final(1, 3)) == {}
    assert judge("duplicate", *zombie(), *final(1, 3)).counts["repeats"] == 1
    assert judge("overlap", *zombie(), *final(1, 3)).counts["lawful"] == 1


def test_a_zombie_whose_late_write_is_appended():
    log = [entry("a", 0, 1), entry("a", 1, 3), entry("a", 1, 2)]
    found = collect_accusations(*zombie(), quiesce(), snap("a", "success", log=log))
    assert set(found) == {"duplicate", "stale_commit"}


def test_a_zombie_whose_late_write_replaces_what_was_read():
    read = ok("run.result", "a", who="c2", log=[entry("a", 0, 1), entry("a", 1, 3)])
    assert set(collect_accusations(*zombie(), read, *final(1, 2))) == {"stale_commit"}


def test_a_zombie_that_goes_on_long_after_it_woke():
    """A worker that never learns of its lost lease executes what its successor executes."""
    beside = [begin("a", 9, 5, at=10**9), begin("a", 10, 5, at=10**9 + 9)]
    on = [*beside, end("a", 9, at=2 * 10**9), end("a", 10, at=2 * 10**9)]
    assert set(collect_accusations(*zombie(), *on, *final(1, 3))) == {"overlap"}


def test_redis_is_flushed_and_the_run_is_queued_again():
    reads = [ok("run.status", "a", who="c2", status=s) for s in ("running", "pending", "success")]
    flush = [fault("flush", p, loses_streams=True) for p in ("inject", "heal")]
    first = [event("s", "a", seq, total=4) for seq in (0, 1)]
    again = [event("s", "a", seq, total=4, token=2) for seq in (0, 2, 3)]
    history = [
        *CREATED[:1],
        ok("run.create", "a", run_id="r", thread_id="t1"),
        *open_sub("s", "a", from_start=True),
        begin("a", 1, 0),
        effect("a", 1, "0"),
        reads[0],
        *first,
        *flush,
        reads[1],
        *step(2, 0),
        *again,
        *step(3, 1),
        close_sub("s", "a"),
        reads[2],
        *final(2, 3),
    ]
    assert collect_accusations(*history) == {}
    unexcused = [each for each in history if each.kind != "fault"]
    assert set(collect_accusations(*unexcused)) == {"duplicate", "monotonic_status", "stream_order"}


def test_a_stream_is_cut_and_resumed_on_another_replica():
    def receive(key: str, *seqs: int) -> list[Record]:
        return [event(key, "a", seq, id=f"1-{seq}", total=5, who=key) for seq in seqs]

    def resume_stream(*seqs: int) -> list[Record]:
        return [
            *CREATED,
            *open_sub("one", "a", who="one", from_start=True),
            *receive("one", 0, 1, 2),
            close_sub("one", "a", "cut", who="one"),
            *open_sub("two", "a", who="two", after="1-2"),
            *receive("two", *seqs),
            close_sub("two", "a", who="two"),
        ]

    assert collect_accusations(*resume_stream(3, 4)) == {}
    assert set(collect_accusations(*resume_stream(2, 3, 4))) == {"resume_equality"}
    assert set(collect_accusations(*resume_stream(4))) == {"resume_equality"}
    assert set(collect_accusations(*resume_stream(3))) == {"stream_bounds"}


def test_a_lost_ack_is_recovered():
    lost = [CREATED[0], info("run.create", "a"), *step(1, 0), *step(2, 1)]
    assert collect_accusations(*lost, *final(1, 2)) == {}
    assert judge("lost", *lost, *final(1, 2)).counts["recovered"] == 1
    assert set(collect_accusations(*lost, quiesce(), snap("a", "running"))) == {"lost"}
    assert set(collect_accusations(*lost, *final(1))) == {"lost"}
