"""Trials of variations as lines and as a table, and what they come to."""

from collections.abc import Sequence

from onceproof.conformance.selftest.benign.trial import BLAMED, UNDECIDED, Trial
from onceproof.reports.text import one_line

#: As many characters of a reason as fit beside a name.
SHOWN = 160
SHOWN_VERDICTS = ("PASS", *BLAMED, *UNDECIDED)


def describe_trial(trial: Trial) -> list[str]:
    """Describe a trial: what it was, how many of which verdicts, and each that is no PASS."""
    word = "harmless   " if trial.is_harmless else "FALSE ALARM"
    one = trial.variation
    lines = [f"{word} {one.name}: {one.sentence}", f"            {describe_counts(trial)}"]
    lines += [
        f"            {each.requirement} {each.verdict}: {one_line(each.reason, SHOWN)}"
        for each in (*trial.blamed, *trial.undecided)
    ]
    return lines


def describe_counts(trial: Trial) -> str:
    """Describe how often each verdict was given; a certification without results says so."""
    counts = [f"{trial.counts[each]} {each}" for each in SHOWN_VERDICTS if trial.counts.get(each)]
    return ", ".join(counts) or "the certification ended without results"


def describe_end(trials: Sequence[Trial]) -> str:
    """Describe what all trials come to, in one sentence."""
    alarms = [trial.variation.name for trial in trials if not trial.is_harmless]
    said = f"{len(trials) - len(alarms)} of {len(trials)} right servers pass"
    return f"{said}; false alarms: {', '.join(alarms)}" if alarms else said


def render_table(trials: Sequence[Trial]) -> str:
    """Render the trials as a Markdown table."""
    rows = ["| what is different | why that is right | tried by | verdicts |"]
    rows += ["| --- | --- | --- | --- |"]
    for trial in trials:
        one = trial.variation
        tried = " ".join(one.chapters) or "the whole suite"
        cells = (one.sentence, one.allowed_by, tried, describe_counts(trial))
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows) + "\n"
