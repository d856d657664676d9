"""A search for the capacity reads as sentences."""

from onceproof.load.capacity.report import describe_bracket, describe_trial
from onceproof.load.capacity.search import Bracket, Outcome

MISS = "create run: p99 in ms was 140, and may be 100 at most, 40 % too much"


def test_a_trial_says_what_was_asked_what_was_carried_and_what_was_missed() -> None:
    kept = describe_trial(20, 19.96, Outcome())
    assert kept == "    20.0 runs/s asked    20.0 finished/s  kept"
    assert describe_trial(40, 31, Outcome([MISS], ["the generator lagged"])).endswith(
        f"{MISS} (in doubt: the generator lagged)"
    )


def test_a_capacity_says_what_gave_way_beyond_it() -> None:
    trials = [(20.0, Outcome()), (22.0, Outcome([MISS])), (22.0, Outcome([MISS]))]
    assert list(describe_bracket(Bracket(20, 22, trials, "the bracket is narrow"))) == [
        "capacity between 20.0 and 22.0 runs/s (3 trials; the bracket is narrow)",
        f"  beyond it {MISS}",
    ]


def test_a_capacity_without_an_upper_end_is_a_lower_bound() -> None:
    [line] = describe_bracket(Bracket(500, None, [], "nobody asked for more"))
    assert line == "bears 500.0 runs/s at least: nobody asked for more"
