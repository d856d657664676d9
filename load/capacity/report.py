"""The search for a capacity, as lines."""

from collections.abc import Iterator

from onceproof.load.capacity.search import Bracket, Outcome


def describe_trial(rate_per_s: float, finished_per_s: float, outcome: Outcome) -> str:
    """Describe one trial: its rate, what was carried, and the first level that it missed."""
    verdict = outcome.misses[0] if outcome.misses else "kept"
    doubt = f" (in doubt: {outcome.doubts[0]})" if outcome.doubts else ""
    return f"{rate_per_s:8.1f} runs/s asked {finished_per_s:7.1f} finished/s  {verdict}{doubt}"


def describe_bracket(bracket: Bracket) -> Iterator[str]:
    """Yield the capacity as one sentence, and what gave way first."""
    if bracket.missed_per_s is None:
        yield f"bears {bracket.kept_per_s:.1f} runs/s at least: {bracket.reason}"
        return
    yield (
        f"capacity between {bracket.kept_per_s:.1f} and {bracket.missed_per_s:.1f} runs/s "
        f"({len(bracket.trials)} trials; {bracket.reason})"
    )
    missed = [each for rate, each in bracket.trials if rate == bracket.missed_per_s]
    for sentence in dict.fromkeys(miss for each in missed for miss in each.misses):
        yield f"  beyond it {sentence}"
