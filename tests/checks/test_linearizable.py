"""The search decides a labelled corpus, agrees with brute force, and gives up at its budget."""

from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onceproof.conformance.checks.search import zones
from onceproof.conformance.checks.search.linearize import Op, linearize
from onceproof.conformance.checks.search.models import Item, Versioned
from onceproof.conformance.checks.search.objects import _decide
from onceproof.conformance.history import Record
from onceproof.conformance.history.build import info, invoke, ok
from onceproof.conformance.history.vocabulary import ABSENT
from onceproof.conformance.verdict import Verdict
from tests.checks.etcd_log import Register, operations, write_log
from tests.checks.judge_records import judge, list_sentences, passes
from tests.checks.random_operations import REGISTER, brute_force, make_operations, make_unique_puts
from tests.checks.sample_sizes import EXAMPLES

CORPUS = Path(__file__).with_name("corpus")
LABELS = msgspec.json.decode((CORPUS / "labels.json").read_bytes(), type=dict[str, bool])


def test_the_corpus_has_a_hundred_cases_of_both_kinds() -> None:
    assert len(LABELS) >= 100
    assert 40 <= sum(LABELS.values()) <= len(LABELS) - 40


@pytest.mark.parametrize("name", sorted(LABELS))
def test_the_corpus_is_decided_right(name: str) -> None:
    ops = operations((CORPUS / f"{name}.log").read_text())
    assert linearize(ops, Register()).legal is LABELS[name]


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 6))
def test_the_search_agrees_with_brute_force(seed: int, count: int) -> None:
    ops = make_operations(Random(seed), count)
    assert linearize(ops, REGISTER).legal is brute_force(ops, REGISTER)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_an_operation_of_unknown_outcome_takes_nothing_away(seed: int, count: int) -> None:
    # It may explain what nothing else does; what was explained without it stays so.
    ops = make_operations(Random(seed), count)
    more = [*ops, Op("write", 1, None, 0, None)]
    if linearize(ops, REGISTER).legal:
        assert linearize(more, REGISTER).legal


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 7))
def test_a_log_says_what_it_was_made_of(seed: int, count: int) -> None:
    ops = make_operations(Random(seed), count)
    assert linearize(operations(write_log(ops)), REGISTER).legal is linearize(ops, REGISTER).legal


def test_the_search_gives_up_at_its_budget_and_nowhere_else() -> None:
    ops = [Op("write", n, None, 0, 100) for n in range(12)]
    impossible = [*ops, Op("read", None, 99, 0, 100)]
    assert linearize(impossible, REGISTER, budget=1000).legal is None
    assert linearize(ops, REGISTER, budget=1000).legal is True


def test_operations_that_only_touch_are_concurrent() -> None:
    touching = [Op("write", 1, None, 0, 5), Op("read", None, None, 5, 6)]
    apart = [Op("write", 1, None, 0, 4), Op("read", None, None, 5, 6)]
    assert linearize(touching, REGISTER).legal
    assert not linearize(apart, REGISTER).legal


def test_an_item_is_absent_until_it_is_put_and_once_it_is_deleted() -> None:
    put, delete = Op("put", "a", None, 0, 1), Op("delete", None, None, 4, 5)
    shown = [Op("get", None, "a", 2, 3), Op("get", None, ABSENT, 6, 7)]
    assert linearize([put, delete, *shown], Item()).legal
    assert not linearize([put, delete, Op("get", None, "a", 6, 7)], Item()).legal


def test_two_updates_do_not_make_one_version() -> None:
    updates = [Op("update", None, n, 0, 9) for n in (2, 3, 4)]
    assert linearize(updates, Versioned()).legal
    assert not linearize([*updates, Op("update", None, 3, 0, 9)], Versioned()).legal
    back = [Op("latest", 1, None, 10, 11), Op("get", None, 1, 12, 13)]
    assert linearize([*updates, *back], Versioned()).legal


def use(op: str, who: str = "c1", *, arg: str | None = None, **shown: str) -> list[Record]:
    given = {} if arg is None else {"arg": arg}
    return [invoke(op, "k", who=who, **given), ok(op, "k", who=who, **shown)]


def test_a_stale_read_names_what_cannot_be_explained() -> None:
    records = [*use("store.put", arg="a"), *use("store.put", arg="b")]
    records += use("store.get", result="a")
    [finding] = judge("linearizable", *records).findings
    assert finding.sentence == "store k: no order of its operations explains get 'a'"
    assert finding.records == (4, 5)


def test_a_write_of_unknown_outcome_may_have_happened_or_not() -> None:
    lost = [invoke("store.put", "k", who="c2", arg="b"), info("store.put", "k", who="c2")]
    before = [*use("store.put", arg="a"), *lost]
    assert passes("linearizable", *before, *use("store.get", result="b"))
    assert passes("linearizable", *before, *use("store.get", result="a"))
    back = [*use("store.get", result="b"), *use("store.get", result="a")]
    assert list_sentences("linearizable", *before, *back)


def test_a_key_that_somebody_else_writes_is_left_out() -> None:
    records = [*use("store.put", arg="a"), *use("store.get", result="graph")]
    result = judge("linearizable", *records)
    assert (result.verdict, result.counts["foreign"]) == (Verdict.INCONCLUSIVE, 1)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 8))
def test_where_no_value_is_put_twice_zones_decide_as_the_search_does(seed: int, count: int) -> None:
    ops = make_unique_puts(Random(seed), count)
    assert zones.fits(ops, ABSENT)
    assert zones.order(ops, ABSENT).legal is linearize(ops, Item()).legal


def test_fifty_concurrent_puts_are_decide() -> None:
    puts = [Op("put", n, None, n, 1000 + n) for n in range(50)]
    assert zones.order([*puts, Op("get", None, 7, 2000, 2001)], ABSENT).legal
    early = [Op("put", "early", None, 0, 1), *puts[5:]]
    stale = Op("get", None, "early", 2000, 2001)
    assert not zones.order([*early, stale], ABSENT).legal


@pytest.mark.parametrize(
    "ops",
    [
        [Op("put", "a", None, 0, 1), Op("put", "a", None, 2, 3)],
        [Op("put", "a", None, 0, 1), Op("delete", None, None, 2, 3)],
        [Op("put", ABSENT, None, 0, 1)],
    ],
    ids=["a value twice", "a deletion", "the first value again"],
)
def test_other_operations_are_for_the_search(ops: list[Op]) -> None:
    assert not zones.fits(ops, ABSENT)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 8))
def test_a_lone_deletion_cuts_an_item_in_two(seed: int, count: int) -> None:
    random = Random(seed)
    ops = [
        Op("delete", None, None, op.call, op.ret)
        if op.kind == "put" and random.random() < 0.4
        else op
        for op in make_unique_puts(random, count)
    ]
    assert _decide("store", ops).legal is linearize(ops, Item()).legal
