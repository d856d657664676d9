"""What the load's recorder writes: every event that was taken, in order, before the end."""

import time
from pathlib import Path

import pytest

from onceproof.conformance.errors import OnceproofError
from onceproof.conformance.history import read
from onceproof.conformance.wire.sse import SseEvent
from onceproof.load.recorder import HELD, SEEN, History, Subscription, tick_of


def make_tick(n: int) -> SseEvent:
    return SseEvent("custom", b'{"seq":%d}' % n, f"{n}-0", 40, time.monotonic_ns())


@pytest.mark.parametrize("count", [0, 1, SEEN, SEEN + 1])
def test_events_that_waited_for_each_other_are_recorded_before_the_end(
    tmp_path: Path, count: int
) -> None:
    history = History(tmp_path / "history.jsonl")
    subscription = Subscription(history, "sub-1", "nonce", {"after": None})
    subscription.record_opening("run")
    for event in map(make_tick, range(count)):
        subscription.record_events([(event, tick_of(event))])
    subscription.record_end("eof")
    history.close()
    found = list(read(tmp_path / "history.jsonl"))
    between = [(each.op, each.value.get("seq")) for each in found[2:-1]]
    assert between == [("sub.event", n) for n in range(count)]
    assert [each.t for each in found] == sorted(each.t for each in found)
    assert found[-1].op == "sub.close"


def test_what_is_noted_is_written_before_much_of_it_waits(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    for _ in range(HELD * 1000):
        history.add("mark", "x", who="user")
        if list(read(tmp_path / "history.jsonl")):
            break
    else:
        pytest.fail("nothing was written")
    history.close()


def test_what_comes_after_the_close_is_refused(tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    history.close()
    history.close()
    with pytest.raises(OnceproofError, match="came too late"):
        history.add("mark", "x", who="user")
