"""An end is decided once, and an id is given once: by hand, and against what the words mean."""

from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from onceproof.conformance.checks.guarantees.decided_once import CANCELLED, MODEL
from onceproof.conformance.checks.search.linearize import Op, linearize
from onceproof.conformance.checks.search.models import Identity
from onceproof.conformance.checks.search.names import ops as creations
from onceproof.conformance.history import Record
from onceproof.conformance.history.build import begin, end, fail, info, invoke, ok
from onceproof.conformance.verdict import Verdict
from tests.checks.judge_records import collect_accusations, judge, list_sentences, passes
from tests.checks.random_operations import brute_force
from tests.checks.random_races import Id, make_creations, make_ending, one_end_explains
from tests.checks.sample_sizes import EXAMPLES

SEEDS = st.integers(0, 2**32)


def refuse(op: str, key: str, status: int, **given: str) -> Record:
    return msgspec.structs.replace(fail(op, key, **given), http={"status": status})


def create(n: int, rule: str = "raise", who: str = "c1") -> list[Record]:
    """A creation that showed the `n`th thread."""
    asked = invoke("thread.create", "k", who=who, arg=rule)
    return [asked, ok("thread.create", "k", who=who, result=f"at {n}")]


def refuse_creation(rule: str = "raise") -> list[Record]:
    return [invoke("thread.create", "k", arg=rule), refuse("thread.create", "k", 409)]


def delete() -> list[Record]:
    return [invoke("thread.delete", "k"), ok("thread.delete", "k")]


def together(*operations: list[Record]) -> list[Record]:
    """Each by a client of its own, all of them under way at once."""
    calls = [msgspec.structs.replace(each[0], who=f"t{n}") for n, each in enumerate(operations)]
    ends = [msgspec.structs.replace(each[1], who=f"t{n}") for n, each in enumerate(operations)]
    return [*calls, *ends]


def status(shown: str) -> list[Record]:
    return [invoke("run.status", "a", who="r"), ok("run.status", "a", who="r", status=shown)]


def cancel(kind: str = "ok", *, wait: bool = False) -> list[Record]:
    asked = {"action": "interrupt", "wait": wait}
    answers = {"ok": ok, "info": info}
    late = refuse("run.cancel", "a", 409)
    answer = answers[kind]("run.cancel", "a", **asked) if kind in answers else late
    return [invoke("run.cancel", "a", **asked), answer]


def test_of_many_creators_one_succeeds_and_the_id_is_free_again_once_it_is_deleted() -> None:
    race = together(create(1), *(refuse_creation() for _ in range(30)))
    assert passes("created_once", *race, *delete(), *create(2), *refuse_creation())


def test_two_of_many_creators_succeed() -> None:
    race = together(create(1), *(refuse_creation() for _ in range(30)), create(2))
    [finding] = judge("created_once", *race).findings
    assert finding.key == "thread k"
    assert "no order of its creations explains" in finding.sentence


def test_do_nothing_shows_the_same_to_everybody() -> None:
    race = [create(1, "do_nothing") for _ in range(30)]
    assert passes("created_once", *together(*race), *create(1, "do_nothing"))
    said = list_sentences("created_once", *together(*race, create(2, "do_nothing")))
    assert said == [
        "thread k: no order of its creations explains one that showed what did not stand there"
    ]


def test_a_free_id_is_not_refused() -> None:
    assert passes("created_once", *refuse_creation())  # by whomever, before the history began
    assert list_sentences("created_once", *create(1), *delete(), *refuse_creation()) == [
        "thread k: no order of its creations explains one that was refused as taken although it "
        "was free"
    ]


def test_a_creation_of_unknown_outcome_happened_or_not() -> None:
    lost = [
        invoke("thread.create", "k", who="c2", arg="raise"),
        info("thread.create", "k", who="c2"),
    ]
    for after in (
        create(1),
        refuse_creation(),
        create(1, "do_nothing"),
        [*refuse_creation(), *create(1, "do_nothing")],
    ):
        assert passes("created_once", *create(0), *delete(), *lost, *after)
    assert list_sentences(
        "created_once", *create(0), *delete(), *lost, *refuse_creation(), *create(1)
    )


def test_an_id_that_expires_is_left_out() -> None:
    asked = [invoke("thread.create", "k", arg="raise", expires=True), create(1)[1]]
    result = judge("created_once", *asked, *create(2))
    assert (result.verdict, result.counts["expiring"]) == (Verdict.INCONCLUSIVE, 1)


def test_other_refusals_say_nothing_of_the_id() -> None:
    invalid = [invoke("thread.create", "k", arg="nonsense"), refuse("thread.create", "k", 422)]
    assert passes("created_once", *create(1), *delete(), *invalid, *create(2))


def test_a_cancel_that_lost_the_race_is_lawful_and_one_that_won_too() -> None:
    for end_status in ("success", CANCELLED):
        assert passes("decided_once", *cancel(wait=True), *status(end_status))
        assert passes("decided_once", *cancel(), *status("running"), *status(end_status))


def test_after_a_cancel_that_waited_nothing_goes_on() -> None:
    records = [*cancel(wait=True), *status("running"), *status(CANCELLED)]
    assert collect_accusations(*records) == {
        "decided_once": ["run a: no single end explains its status 'running'"],
    }


def test_a_cancel_that_came_too_late_says_that_the_run_was_over() -> None:
    assert passes("decided_once", *cancel("late"), *status("success"))
    assert list_sentences("decided_once", *cancel("late"), *status("running"))


def test_a_cancel_of_unknown_outcome_says_nothing() -> None:
    assert passes("decided_once", *cancel("info", wait=True), *status("running"))


def test_what_was_deleted_is_not_shown() -> None:
    gone = [invoke("run.delete", "a"), ok("run.delete", "a")]
    assert passes("decided_once", *status("success"), *gone)
    assert list_sentences("decided_once", *status("success"), *gone, *status("success"))


def test_a_status_that_contradicts_itself_is_left_to_its_own_check() -> None:
    result = judge("decided_once", *status("success"), *cancel(), *status(CANCELLED))
    assert (result.counts["judged"], result.counts["left_out"]) == (0, 1)


def test_a_race_is_one_in_which_the_run_lived_on_and_completed() -> None:
    lived = [begin("a", 1), *cancel()[:1], end("a", 1), *cancel()[1:]]
    assert judge("decided_once", *lived, *status("success")).counts["raced"] == 1
    assert judge("decided_once", *lived, *status(CANCELLED)).counts["raced"] == 0
    before = [begin("a", 1), end("a", 1), *cancel("late")]
    assert judge("decided_once", *before, *status("success")).counts["raced"] == 0


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEEDS, st.integers(0, 7))
def test_some_order_of_creations_explains_what_the_search_accepts(seed: int, count: int) -> None:
    records = make_creations(Random(seed), count)
    pairs = [(build_request(op), build_answer(op)) for op in records]
    assert linearize(creations(pairs), Identity()).legal is brute_force(records, Id())


@settings(max_examples=5 * EXAMPLES, deadline=None)
@given(SEEDS, st.integers(0, 8))
def test_some_instant_of_the_end_explains_what_the_search_accepts(seed: int, count: int) -> None:
    records = make_ending(Random(seed), count)
    ends = [Op("end", status, None, -9, None) for status in ("success", CANCELLED)]
    assert linearize([*ends, *records], MODEL).legal is one_end_explains(records)


def build_request(op: Op) -> Record:
    if op.kind == "delete":
        return invoke("thread.delete", "k", at=op.call)
    return invoke("thread.create", "k", at=op.call, arg=op.arg)


def build_answer(op: Op) -> Record | None:
    if op.ret is None:
        return None
    if op.kind == "delete":
        return ok("thread.delete", "k", at=op.ret)
    if op.kind == "refused":
        return refuse("thread.create", "k", 409, at=op.ret)
    return ok("thread.create", "k", at=op.ret, result=op.result)
