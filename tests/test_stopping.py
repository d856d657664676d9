"""A request to stop is noted wherever the main thread is, counted once, and looked at in waits."""

import os
import signal
import time
import weakref
from collections.abc import Iterator

import pytest

from onceproof.conformance import stopping
from onceproof.conformance.errors import Interrupted
from onceproof.conformance.stacks.waiting import wait_for_end, wait_for_start
from onceproof.conformance.stopping import SIGNALS, heed_signals, stop_request


@pytest.fixture(autouse=True)
def begin_anew() -> Iterator[None]:
    """Hear what a job in the background has inherited as ignored, and know of no request."""
    handlers = {number: signal.signal(number, signal.SIG_DFL) for number in SIGNALS}
    stop_request.forget()
    yield
    stop_request.forget()
    for number, handler in handlers.items():
        signal.signal(number, handler)


class Thing:
    """Something that a weak reference can be made to."""


@pytest.mark.parametrize("number", SIGNALS, ids=lambda each: each.name)
def test_a_signal_in_a_weak_reference_s_callback_is_not_lost(number: signal.Signals) -> None:
    """Python prints an exception that comes there, and goes on."""
    thing = Thing()
    with heed_signals():
        watcher = weakref.ref(thing, lambda _: os.kill(os.getpid(), number))
        del thing
        assert watcher() is None
        assert stop_request.is_made


def test_signals_together_count_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with heed_signals():
        for number in SIGNALS:
            os.kill(os.getpid(), number)
        assert stop_request.times == 1
        monkeypatch.setattr(stopping, "TOGETHER_S", 0.0)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop_request.times == 2


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with heed_signals():
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop_request.is_made
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_block_within_another_forgets_nothing() -> None:
    with heed_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        with heed_signals():
            assert stop_request.is_made
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("asked", [True, False])
def test_handlers_return_unless_the_process_is_on_its_way_out(asked: bool) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with heed_signals():
        if asked:
            os.kill(os.getpid(), signal.SIGTERM)
    after = [signal.getsignal(number) for number in SIGNALS]
    assert after == ([signal.SIG_IGN] * len(SIGNALS) if asked else before)


def test_nobody_waits_for_a_start_and_ends_are_hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "HURRIED_S", 0.05)
    stop_request.note()
    with pytest.raises(Interrupted, match="interrupted"):
        wait_for_start(lambda: False, 3600)
    began = time.monotonic()
    assert not wait_for_end(lambda: False, 3600)
    assert time.monotonic() - began < 60


def test_a_block_of_a_library_is_broken_into_and_no_other() -> None:
    with heed_signals():
        with pytest.raises(Interrupted), stop_request.break_into():
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)


def test_the_first_reason_why_the_harness_cannot_go_on_stands() -> None:
    stop_request.give_up("no space left")
    stop_request.give_up("no space left anywhere")
    with pytest.raises(Interrupted, match=r"^no space left$"):
        stop_request.check()
