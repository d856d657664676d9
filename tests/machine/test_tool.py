"""The tool makes what it says, tries each mutant once, and is resumed where it was stopped."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.machine import records
from tests.machine.mutant import Mutant, make_mutant, sample
from tests.machine.records import Outcome
from tests.machine.trials import BREAKS, NONE_FAILS, ONE_FAILS, fork, judge

TEXT = "def f(a, b):\n    if a < b and a:\n        return a + 1\n    return None\n"


def made(number: int) -> Mutant:
    return make_mutant(
        "load/agent.py", "number", number, ("a = 1\nb = 1\n", f"a = 1\nb = {number}")
    )


def test_a_mutant_differs_in_one_place() -> None:
    operators = pytest.importorskip("tests.machine.python_operators")
    mutants = [*operators.find_mutants("load/agent.py", TEXT)]
    changes = {(one.before.strip(), one.after.strip()) for one in mutants}
    line = "if a < b and a:"
    assert {(line, "if a <= b and a:"), (line, "if a < b or a:"), (line, "if a < b:")} <= changes
    assert ("return a + 1", "return None") in changes
    for one in mutants:
        unchanged = TEXT.splitlines()
        assert "\n".join(unchanged[one.line - 1 :][: 1 + one.before.count("\n")]) == one.before
        assert one.before.count("\n") == 0
        assert TEXT.replace(one.before, one.after, 1) == one.text


def test_what_decides_nothing_is_no_mutant() -> None:
    operators = pytest.importorskip("tests.machine.python_operators")
    text = "def f(a: int | None) -> int | None: ...\n"
    assert [*operators.find_mutants("load/agent.py", text)] == []


def test_the_seed_alone_decides_the_sample() -> None:
    mutants = [made(n) for n in range(50)]
    assert sample(mutants, 15, 20) == sample([*reversed(mutants)], 15, 20)
    assert sample(mutants, 15, 40)[:20] == sample(mutants, 15, 20)
    assert sample(mutants, 16, 20) != sample(mutants, 15, 20)


def test_a_stopped_run_is_resumed_where_it_was_stopped(tmp_path: Path) -> None:
    file, mutants = tmp_path / "records.jsonl", [made(n) for n in range(4)]
    records.append(file, mutants[0], Outcome(records.KILLED, "test_a"))
    records.append(file, mutants[1], Outcome(records.BROKEN))
    records.append(file, mutants[2], Outcome(records.SURVIVED))
    assert records.remaining(mutants, file) == [mutants[1], mutants[3]]
    assert records.score(mutants, file).startswith("1 of 2 found (50.0 %)")


def test_the_last_word_on_a_mutant_counts(tmp_path: Path) -> None:
    file, mutant = tmp_path / "records.jsonl", made(1)
    records.append(file, mutant, Outcome(records.SURVIVED))
    records.append(file, mutant, Outcome(records.TIMEOUT))
    assert records.score([mutant], file).startswith("1 of 1 found")


def test_a_trial_that_never_ends_is_recorded_as_that() -> None:
    status = fork(lambda: time.sleep(60) or NONE_FAILS, 0.05)
    assert judge(status, "", 0).end == records.TIMEOUT


def test_a_trial_that_breaks_accuses_nobody() -> None:
    status = fork(lambda: 1 // 0, 10)
    assert status == BREAKS
    assert judge(status, "", 0).end == records.BROKEN


@pytest.mark.parametrize(
    ("status", "end"), [(NONE_FAILS, records.SURVIVED), (ONE_FAILS, records.KILLED)]
)
def test_the_tests_decide(status: int, end: str) -> None:
    assert fork(lambda: status, 10) == status
    assert judge(status, "", 0).end == end


def test_a_mutant_takes_the_place_of_a_loaded_function() -> None:
    from tests.machine import mutant as module
    from tests.machine.overlay import is_within_a_function, put_in_place

    text = Path(module.__file__).read_text(encoding="utf-8")
    changed = text.replace("return shuffled[:count]", "return shuffled[:1]")
    one = make_mutant("tests/machine/mutant.py", "number", 0, (text, changed))
    assert is_within_a_function(one, text)
    assert not is_within_a_function(replace(one, line=1), text)

    class Here(Mutant):
        module = "tests.machine.mutant"

    def count() -> int:
        put_in_place(Here(**vars(one)))
        return len(sample([made(n) for n in range(9)], 15, 5))

    assert fork(count, 10) == 1
    assert len(sample([made(n) for n in range(9)], 15, 5)) == 5
