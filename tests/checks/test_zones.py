"""An item is cut in two where a deletion stands alone, and zones that overlap have no order."""

from onceproof.conformance.checks.search import zones
from onceproof.conformance.checks.search.linearize import Op
from onceproof.conformance.history.vocabulary import ABSENT


def put(value: str, call: int, ret: int | None) -> Op:
    return Op("put", value, None, call, ret)


def get(value: str, call: int, ret: int) -> Op:
    return Op("get", None, value, call, ret)


def delete(call: int, ret: int | None) -> Op:
    return Op("delete", None, None, call, ret)


def test_a_lone_deletion_ends_a_part_and_belongs_to_none():
    first, second, third = put("a", 0, 1), put("b", 4, 5), put("c", 8, 9)
    ops = [first, delete(2, 3), second, delete(6, 7), third]
    assert [*zones.parts(ops)] == [[first], [second], [third]]


def test_what_is_deleted_first_and_last_leaves_empty_parts():
    only = put("a", 2, 3)
    assert [*zones.parts([delete(0, 1), only, delete(4, 5)])] == [[], [only], []]


def test_a_deletion_that_touches_another_operation_cuts_nothing():
    for ops in (
        [put("a", 0, 2), delete(2, 3), put("b", 4, 5)],
        [put("a", 0, 1), delete(2, 4), put("b", 4, 5)],
        [put("a", 0, None), delete(2, 3), put("b", 4, 5)],
        [put("a", 0, 1), delete(2, None), put("b", 4, 5)],
    ):
        assert [*zones.parts(ops)] == [ops]


def test_an_earlier_operation_that_is_still_under_way_forbids_the_cut():
    ops = [put("a", 0, 9), put("b", 1, 2), delete(4, 5), put("c", 10, 11)]
    assert [*zones.parts(ops)] == [ops]


def test_two_values_that_the_register_held_at_one_time():
    ops = [put("a", 0, 1), put("b", 2, 3), get("a", 4, 5), get("b", 6, 7)]
    found = zones.order(ops, ABSENT)
    assert (found.legal, found.stuck, found.state) == (False, ops[3], "a")


def test_values_that_the_register_held_one_after_the_other():
    ops = [put("a", 0, 1), get("a", 2, 3), put("b", 4, 5), get("b", 6, 7)]
    assert zones.order(ops, ABSENT).legal


def test_a_value_that_was_read_before_it_was_written():
    ops = [get("a", 0, 1), put("a", 2, 3)]
    found = zones.order(ops, ABSENT)
    assert (found.legal, found.stuck, found.state) == (False, ops[1], "a")


def test_a_write_inside_of_the_time_in_which_another_value_stood():
    ops = [put("a", 0, 1), put("b", 2, 3), get("a", 4, 5)]
    found = zones.order(ops, ABSENT)
    assert (found.legal, found.stuck, found.state) == (False, ops[2], "b")
    late = [put("a", 0, 1), get("a", 2, 3), put("b", 4, 5)]
    assert zones.order(late, ABSENT).legal
