"""A session of trials as its user sees it."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from onceproof.conformance.errors import CERTIFIED, FAILED
from onceproof.conformance.selftest.benign.table import (
    describe_end,
    describe_trial,
    render_table,
)
from onceproof.conformance.selftest.benign.trial import Trial, try_variation
from onceproof.conformance.selftest.benign.variation import Variation, choose_variations

Say = Callable[[str], None]


def list_variations(words: tuple[str, ...], say: Say) -> int:
    """Say what the variations of these names or families are, and why each is right."""
    for one in choose_variations(words):
        say(f"{one.family:<10} {one.name}: {one.sentence}\n           {one.allowed_by}")
    return CERTIFIED


def try_variations(words: tuple[str, ...], jobs: int, table: Path | None, say: Say) -> int:
    """Try the variations of these names or families; return the exit status.

    The `table` is written after each trial: what an interrupted session has found is kept.
    """
    chosen = choose_variations(words)
    say(f"{len(chosen)} right servers, {jobs} at a time, about a minute each")
    trials: list[Trial] = []
    for trial in _try(chosen, jobs):
        trials.append(trial)
        say("\n".join(describe_trial(trial)))
        if table is not None:
            trials.sort(key=lambda each: chosen.index(each.variation))
            table.write_text(render_table(trials), encoding="utf-8")
    say(describe_end(trials))
    return CERTIFIED if all(trial.is_harmless for trial in trials) else FAILED


def _try(variations: Sequence[Variation], jobs: int) -> Iterator[Trial]:
    """Try the variations, several at a time; yields each trial as it ends."""
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(try_variation, one) for one in variations]
        try:
            for each in as_completed(waiting):
                yield each.result()
        finally:
            pool.shutdown(cancel_futures=True)
