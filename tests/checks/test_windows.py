"""When a fault excuses, and whom."""

from onceproof.conformance.checks.views.windows import Windows
from onceproof.conformance.history import Record
from onceproof.conformance.history.build import fault, history

MS = 1_000_000


def windows(*records: Record, only: str | None = None) -> Windows:
    return Windows(history(*records), only)


def around(start: int, stop: int, **value: object) -> list[Record]:
    return [
        fault("kill", "inject", at=start, **value),
        fault("kill", "heal", at=stop, **value),
    ]


def test_empty():
    assert not windows().cover("a", 0, 10)


def test_a_window_is_closed_at_both_ends():
    found = windows(*around(10, 20))
    spans = [(0, 9), (0, 10), (12, 13), (20, 30), (21, 30), (0, 30)]
    assert [found.cover("a", *span) for span in spans] == [False, True, True, True, False, True]


def test_the_recovery_allowance_comes_after_the_heal():
    found = windows(*around(0, 10, recovery_ms=1))
    assert found.cover("a", MS, MS)
    assert not found.cover("a", MS + 11, MS + 11)


def test_a_fault_that_names_runs_concerns_only_those():
    found = windows(*around(0, 10, nonces=["a"]))
    assert found.cover("a", 5, 5)
    assert not found.cover("b", 5, 5)


def test_a_fault_of_a_replica_concerns_what_ran_there_or_does_not_say():
    found = windows(*around(0, 10, replica="w1"))
    assert found.cover("a", 5, 5, "w1")
    assert found.cover("a", 5, 5)
    assert not found.cover("a", 5, 5, "w2")


def test_a_fault_that_was_never_healed_lasts():
    assert windows(fault("kill", "inject", at=5)).cover("a", 10**15, 10**15)


def test_overlapping_windows_are_one():
    found = windows(*around(0, 100), *around(10, 20), *around(200, 210))
    assert found.cover("a", 90, 95)
    assert not found.cover("a", 101, 199)


def test_only_faults_with_a_flag():
    found = windows(*around(0, 10), *around(20, 30, loses_streams=True), only="loses_streams")
    assert not found.cover("a", 5, 5)
    assert found.cover("a", 25, 25)
