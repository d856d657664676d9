"""Trials of mutants as a table, and what they come to."""

from collections.abc import Sequence

from onceproof.conformance.selftest.trial import Trial
from onceproof.reports.text import one_line

#: As many characters of a reason as fit beside a name.
SHOWN = 120
#: A bar within a cell of a Markdown table.
MASKED_BAR = "\\|"

HEAD = """# Kill matrix

What became of each mutant ([docs/selftest.md](selftest.md)): the requirements meant for it, those
that were blamed, and what the report says. Written by `onceproof selftest --table`."""


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


def render_matrix(trials: Sequence[Trial], left: Sequence[str] = ()) -> str:
    """Render the trials as a Markdown page, with a table for each family.

    `left` are the mutants that have not been tried.
    """
    families: dict[str, list[Trial]] = {}
    for trial in trials:
        families.setdefault(trial.mutant.family, []).append(trial)
    minutes = sum(trial.seconds for trial in trials) / 60
    parts = [
        f"{HEAD}\n\n{describe_end(trials)}, in {minutes:.0f} minutes of trials.",
        *(f"## {name}\n\n{_table(members)}" for name, members in families.items()),
    ]
    if left:
        parts.append(f"## Not tried yet: {len(left)}\n\n{', '.join(f'`{name}`' for name in left)}")
    return "\n\n".join(parts) + "\n"


def _table(trials: Sequence[Trial]) -> str:
    rows = [
        "| mutant | meant | blamed | sentence of the report | tests failed | s |",
        "| --- | --- | --- | --- | --- | --- |",
        *map(_row, trials),
    ]
    return "\n".join(rows)


def _row(trial: Trial) -> str:
    blamed = [
        f"{each.requirement} {each.verdict}"
        for each in (*trial.meant, *trial.others)
        if each.verdict != "PASS"
    ]
    blamed += [f"({name}: {why})" for name, why in trial.mutant.spills]
    first = one_line(trial.meant[0].reason, SHOWN) if trial.meant else ""
    cells = [
        f"`{trial.mutant.name}`: {trial.mutant.sentence}",
        " ".join(trial.mutant.caught_by),
        ", ".join(blamed),
        first,
        str(len(trial.failed)),
        f"{trial.seconds:.0f}",
    ]
    return f"| {' | '.join(cell.replace('|', MASKED_BAR) for cell in cells)} |"
