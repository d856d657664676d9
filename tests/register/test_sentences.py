"""The requirements themselves: complete, one sentence each, in the words of the lists."""

import re
from collections import Counter
from collections.abc import Callable

import pytest

from onceproof.conformance.register import (
    CHAPTER_TITLES,
    CHECKS,
    PROFILES,
    Requirement,
    chapters,
    load_register,
)

CATALOGUE = {
    "SYS": 33,
    "AST": 25,
    "THR": 28,
    "STA": 41,
    "RUN": 39,
    "MUL": 14,
    "CAN": 18,
    "QUE": 34,
    "STR": 34,
    "RSM": 19,
    "STO": 17,
    "CRN": 16,
    "WHK": 14,
    "AUT": 18,
    "DEP": 36,
    "REP": 10,
    "SHD": 18,
    "LIM": 12,
    "EXT": 14,
    "SDK": 6,
}

PROVEN_BY_CHECKS = {
    "MUL-01": "thread_overlap",
    "QUE-01": "lost",
    "QUE-02": "duplicate",
    "QUE-03": "overlap",
    "QUE-04": "monotonic_status",
    "QUE-21": "stale_commit",
    "STR-23": "subscriber_agreement",
    "STR-24": "stream_order",
    "RSM-04": "resume_equality",
}

#: Extensions of the project's own, which the catalogue does not have.
OWN = ["RUN-X1", "QUE-X1", "STR-X1", "RSM-X1", "WHK-X1"]


REGISTER = load_register()
OF_THE_CATALOGUE = [one for one in REGISTER.values() if not one.own]


def those(wrong: Callable[[Requirement], object]) -> list[str]:
    return [one.id for one in REGISTER.values() if wrong(one)]


def test_every_chapter_has_as_many_requirements_as_the_catalogue():
    assert Counter(one.chapter for one in OF_THE_CATALOGUE) == CATALOGUE
    assert len(OF_THE_CATALOGUE) == 446


def test_extensions_of_our_own_are_optional_and_say_so():
    own = [one for one in REGISTER.values() if one.own]
    assert [one.id for one in own] == OWN
    assert {(one.level, one.scope, one.sources) for one in own} == {("MAY", "ext", ("onceproof",))}
    assert not any("onceproof" in one.sources for one in OF_THE_CATALOGUE)


def test_ids_of_a_chapter_ascend():
    for chapter in CATALOGUE:
        ids = [one.id for one in OF_THE_CATALOGUE if one.chapter == chapter]
        numbers = [int(each.removeprefix(f"{chapter}-")) for each in ids]
        assert numbers == sorted(set(numbers))
        assert ids == [f"{chapter}-{number:02}" for number in numbers]


def test_chapters_are_in_the_order_of_the_catalogue():
    assert chapters() == list(CATALOGUE) == list(CHAPTER_TITLES)
    assert list(dict.fromkeys(one.chapter for one in REGISTER.values())) == chapters()


def test_every_sentence_holds_its_level_once_and_no_other():
    assert those(lambda one: re.findall(r"\b(MUST|SHOULD|MAY)\b", one.text) != [one.level]) == []


def test_every_text_is_one_sentence():
    assert those(lambda one: not one.text[0].isupper()) == []
    assert those(lambda one: not one.text.endswith(".")) == []
    assert those(lambda one: re.search(r"[.!?] [A-Z]", one.text)) == []


def test_every_title_is_short_and_no_sentence():
    assert those(lambda one: len(one.title) > 70 or one.title.endswith(".")) == []


def test_code_is_set_in_pairs_of_backticks():
    for one in REGISTER.values():
        for text in (one.title, one.text, *one.accepted, one.untested or ""):
            assert text.count("`") % 2 == 0, one.id


def test_titles_and_sentences_are_all_different():
    assert len({one.title for one in REGISTER.values()}) == len(REGISTER)
    assert len({one.text for one in REGISTER.values()}) == len(REGISTER)


def test_levels_and_scopes_are_those_of_the_catalogue():
    counts = Counter((one.level, one.scope) for one in OF_THE_CATALOGUE if one.scope != "plat")
    assert counts == {
        ("MUST", "core"): 180,
        ("SHOULD", "core"): 153,
        ("MAY", "core"): 1,
        ("MUST", "ext"): 33,
        ("SHOULD", "ext"): 73,
        ("MAY", "ext"): 2,
    }


def test_only_four_requirements_are_about_the_vendors_platform():
    platform = [one for one in REGISTER.values() if one.scope == "plat"]
    assert [one.id for one in platform] == ["AUT-15", "DEP-15", "DEP-16", "DEP-17"]


def test_every_profile_is_used():
    assert {one.profile for one in REGISTER.values()} == set(PROFILES)


def test_each_check_but_the_first_proves_something():
    named = {check for one in REGISTER.values() for check in one.checks}
    assert named == set(CHECKS) - {"assumptions"}


@pytest.mark.parametrize(("id", "check"), PROVEN_BY_CHECKS.items())
def test_promises_about_histories_are_proven_by_their_check(id: str, check: str):
    assert check in REGISTER[id].checks
