"""The page stays light however much there is to say: tests/big does the same with 100,000 runs."""

from pathlib import Path

import pytest

from onceproof.reports import html
from tests.reports import examples
from tests.reports.big_run import write_run

LIMIT = 5_000_000


def test_more_runs_make_no_heavier_page(tmp_path: Path) -> None:
    weights = []
    for number in (100, 1_000):
        folder = tmp_path / str(number)
        folder.mkdir()
        weights.append(len(html.render(write_run(folder, number)).encode()))
    assert weights[1] < LIMIT
    assert weights[1] == pytest.approx(weights[0], rel=0.01)


def test_long_messages_are_cut_the_more_there_are() -> None:
    def fail_all(number: int) -> str:
        tests = [examples.a_test(f"t::t{i}", "failed", "x" * 20_000) for i in range(number)]
        ids = [f"BIG-{i:03d}" for i in range(100)]
        parts = [examples.requirement(id, "FAIL", tests=tests) for id in ids]
        return html.render(examples.settle(examples.frame(parts)))

    few, many = fail_all(1), fail_all(20)
    assert (len(few.encode()) < LIMIT, len(many.encode()) < LIMIT) == (True, True)
    # One of them in the cause. Not the pages themselves: a failure would compare megabytes.
    assert {text.count("more characters)") for text in (few, many)} == {101, 2_001}
    assert html.render(examples.mixed()).count("more characters)") == 0
