"""Honest histories are accepted by every check; each defect is found by one check and no other."""

from collections.abc import Callable
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onceproof.conformance.checks import CHECKS, run_all
from onceproof.conformance.checks.views.sessions import lane
from onceproof.conformance.history import Record
from onceproof.conformance.history.build import info, invoke
from onceproof.conformance.verdict import Verdict
from tests.checks import object_defects, stream_defects
from tests.checks.queue_defects import DEFECTS
from tests.checks.record_edits import renumber
from tests.checks.sample_sizes import TABLE_SEEDS
from tests.checks.scenario import simulate

SEEDS = st.integers(0, 10**6)
NAMES = sorted(DEFECTS)


def verdicts(history: list[Record]) -> dict[str, Verdict]:
    return {result.check: result.verdict for result in run_all(history)}


def judgement(history: list[Record]) -> list[tuple[str, Verdict, str | None, list[str]]]:
    """Return everything that a reader learns, except for times and indices."""
    return [
        (each.check, each.verdict, each.reason, sorted(f.sentence for f in each.findings))
        for each in run_all(history)
    ]


@settings(max_examples=80, deadline=None)
@given(SEEDS)
def test_an_honest_history_is_accepted_by_every_check(seed: int):
    assert verdicts(simulate(seed)) == dict.fromkeys(CHECKS, Verdict.PASS)


@pytest.mark.parametrize("name", NAMES)
def test_a_defect_is_found_by_its_check_and_no_other(name: str):
    """The table checker x defect; ONCEPROOF_SEEDS=30 for all of it."""
    check, spoil = DEFECTS[name]
    for seed in range(TABLE_SEEDS):
        results = run_all(spoil(simulate(seed), Random(seed)))
        assert {each.check for each in results if each.findings} == {check}, seed
        guilty = Verdict.ERROR if check == "assumptions" else Verdict.FAIL
        assert next(each.verdict for each in results if each.check == check) is guilty


def test_every_check_has_defects_to_find():
    assert {check for check, _ in DEFECTS.values()} == set(CHECKS)
    assert len(DEFECTS) >= 12
    assert stream_defects.READERS
    assert object_defects.LONG


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from([None, *NAMES]), st.integers(1, 10**12))
def test_a_shift_in_time_changes_nothing(seed: int, name: str | None, shift: int):
    history = spoil(seed, name)
    assert judgement([shift_times(each, lambda t: t + shift) for each in history]) == judgement(
        history
    )


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from(NAMES))
def test_an_unknown_create_never_turns_bad_into_good(seed: int, name: str):
    history = spoil(seed, name)
    t = Random(seed).choice(history).t
    asked = invoke("run.create", "perhaps", who="lost", at=t, thread_id="t/perhaps", steps=1)
    more = renumber([*history, asked, info("run.create", "perhaps", who="lost", at=t)])
    assert judgement(more) == judgement(history)


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from([None, *NAMES]))
def test_the_order_of_records_with_equal_times_changes_nothing(seed: int, name: str | None):
    coarse = [shift_times(each, lambda t: t // 4096) for each in spoil(seed, name)]
    assert judgement(permute(coarse, Random(seed))) == judgement(coarse)


def spoil(seed: int, name: str | None) -> list[Record]:
    history = simulate(seed)
    return history if name is None else DEFECTS[name][1](history, Random(seed))


def shift_times(record: Record, change: Callable[[int], int]) -> Record:
    """Shift each time of a record."""
    value = record.value
    if isinstance(value, dict) and "call_t" in value:
        value = {**value, "call_t": change(value["call_t"])}
    return msgspec.structs.replace(record, t=change(record.t), value=value)


def permute(history: list[Record], rng: Random) -> list[Record]:
    """Shuffle what happened at the same time, but keep what one writer wrote in its order."""
    slots: dict[int, list[Record]] = {}
    for record in history:
        slots.setdefault(record.t, []).append(record)
    shuffled = []
    for same in slots.values():
        lanes = [lane(each) for each in same]
        queues = {name: [each for each in same if lane(each) == name] for name in lanes}
        rng.shuffle(lanes)
        shuffled += [queues[name].pop(0) for name in lanes]
    return renumber(shuffled)
