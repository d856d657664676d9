"""Paths of `extract` cost little, wherever they lead."""

import pytest

from onceproof.reference_impl.api.thread_search import MAX_STEPS, extract, split_path


def test_a_path_of_many_steps_is_refused() -> None:
    assert len(split_path("values" + ".a" * (MAX_STEPS - 1))) == MAX_STEPS
    with pytest.raises(ValueError, match="more than 32 steps"):
        split_path("values" + ".a" * 100_000)


def test_a_path_that_leads_nowhere_ends_there() -> None:
    assert extract({"values": None}, "values.a[0].b") is None
