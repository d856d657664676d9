"""Trials of mutants as a table, and what they come to."""

from collections.abc import Sequence

from onceproof.conformance.selftest.trial import Trial
from onceproof.reports.text import one_line

#: As many characters of a reason as fit beside a name.
SHOWN = 120


def describe_trial(trial: Trial) -> list[str]:
    """Describe a trial: what it was, and who was blamed in which words."""
    word = "caught  " if trial.is_caught else "SURVIVES" if trial.survives else "SPILLS  "
    lines = [f"{word} {trial.mutant.name}: {trial.mutant.sentence}"]
    lines += [
        f"           {each.requirement} {each.verdict}: {one_line(each.reason, SHOWN)}"
        for each in (*trial.meant, *trial.others)
    ]
    return lines


def describe_end(trials: Sequence[Trial]) -> str:
    """Describe what all trials come to, in one sentence."""
    caught = sum(trial.is_caught for trial in trials)
    alive = [trial.mutant.name for trial in trials if trial.survives]
    spilling = [trial.mutant.name for trial in trials if trial.casualties]
    parts = [f"{caught} of {len(trials)} mutants are caught by the requirements meant for them"]
    if alive:
        parts.append(f"not caught: {', '.join(alive)}")
    if spilling:
        parts.append(f"others blamed as well: {', '.join(spilling)}")
    return "; ".join(parts)


def render_matrix(trials: Sequence[Trial]) -> str:
    """Render the trials as a Markdown table."""
    rows = ["| mutant | meant | blamed | sentence of the report |", "| --- | --- | --- | --- |"]
    rows += [_row(trial) for trial in trials]
    return "\n".join(rows) + "\n"


def _row(trial: Trial) -> str:
    blamed = [
        f"{each.requirement} {each.verdict}"
        for each in (*trial.meant, *trial.others)
        if each.verdict != "PASS"
    ]
    first = one_line(trial.meant[0].reason, SHOWN).replace("|", "\\|") if trial.meant else ""
    meant = " ".join(trial.mutant.caught_by)
    return f"| {trial.mutant.sentence} | {meant} | {', '.join(blamed)} | {first} |"
