"""Mutants: each can be put in place, has a sentence, and names requirements that there are."""

import os

import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.register import load_register
from onceproof.conformance.selftest.mutant import (
    Mutant,
    choose_mutants,
    find_mutant,
    load_mutants,
)
from onceproof.conformance.selftest.mutants.rewriting import rewrite

MUTANTS = load_mutants()


@pytest.mark.parametrize("one", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_says_what_it_does_and_which_requirements_are_meant(one: Mutant) -> None:
    named = {*one.caught_by, *(name for name, _ in one.spills)}
    assert one.sentence.endswith(".")
    assert one.caught_by
    assert named <= load_register().keys()


@pytest.mark.parametrize("one", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_finds_its_place_in_the_server(one: Mutant) -> None:
    """In a process of its own: what it replaces stays replaced."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            one.apply()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0


def test_a_server_finds_its_mutant_by_name() -> None:
    assert {name: find_mutant(name) for name in MUTANTS} == MUTANTS
    with pytest.raises(UsageError, match="there is no mutant 'nobody'"):
        find_mutant("nobody")


def test_a_name_chooses_one_mutant_and_a_family_all_of_its_module() -> None:
    [one] = choose_mutants(("leave_ties_to_chance",))
    assert one.family == "search"
    family = choose_mutants(("search",))
    assert one in family
    assert {each.family for each in family} == {"search"}
    assert choose_mutants(()) == list(MUTANTS.values())


def test_a_name_that_is_neither_is_refused_with_the_families() -> None:
    with pytest.raises(UsageError, match=r"'serch' is neither a mutant nor .* search, shutdown"):
        choose_mutants(("serch",))


def test_a_mutant_whose_place_has_changed_does_not_go_unnoticed() -> None:
    class Text:
        QUERY = "select 1"

    with pytest.raises(LookupError, match="QUERY does not contain 'select 2'"):
        rewrite(Text, "QUERY", "select 2", "select 3")
