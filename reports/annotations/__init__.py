"""Annotations of a GitHub job: a workflow command for each cause, each other failure, each warning.

GitHub shows ten of a level and step. So what it amounts to comes first, then the causes, and what
is beyond ten is named by the last. All of it is in the reports, too.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.causes import group_causes
from onceproof.reports.results import Outcome, Requirement, Results
from onceproof.reports.text import join_names, one_line, pluralise

Level = Literal["error", "warning", "notice"]

#: What GitHub shows of each level.
SHOWN = 10
_OUTCOMES: dict[Outcome, Level] = {"certified": "notice", "failed": "error"}


class Annotation(NamedTuple):
    """One annotation, before it is escaped; `ids` are the requirements that it is about."""

    level: Level
    title: str
    message: str
    ids: Sequence[str] = ()


def render(results: Results) -> str:
    """Return the workflow commands, a line each: the outcome, causes, failures, warnings."""
    every = [*_list_causes(results), *_list_single(results)]
    lines = [_describe_outcome(results)]
    for level in ("error", "warning"):
        lines += _limit([each for each in every if each.level == level])
    return "".join(f"{annotate(*line[:3])}\n" for line in lines)


def annotate(level: Level, title: str, message: str) -> str:
    """Return one workflow command; nothing in its texts ends it, or is read as another."""
    return f"::{level} title={_escape(title, ':,')}::{_escape(message)}"


def _describe_outcome(results: Results) -> Annotation:
    outcome = evidence.describe_outcome(results)
    names = (
        f"{reason.sentence}: {join_names(reason.names)}" if reason.names else reason.sentence
        for reason in results.reasons
    )
    title = f"onceproof: {outcome} (exit status {results.exit_status})"
    said = "; ".join([evidence.target_name(results), *names])
    return Annotation(_OUTCOMES.get(results.outcome, "warning"), title, one_line(said, 1_000))


def _list_causes(results: Results) -> Iterator[Annotation]:
    failed = {each.id for each in evidence.list_failures(results)}
    for cause in group_causes(results):
        level: Level = "error" if failed.intersection(cause.ids) else "warning"
        example = "" if cause.example == cause.sentence else f" ({cause.example})"
        message = f"{cause.sentence}{example}; {cause.advice}: {join_names(cause.ids, 12)}"
        title = f"{pluralise(len(cause.ids), 'requirement')} with a cause in common"
        yield Annotation(level, title, message, cause.ids)


def _list_single(results: Results) -> Iterator[Annotation]:
    checks = evidence.checks_by_name(results)
    shared = {id for cause in group_causes(results) for id in cause.ids}
    for each in results.requirements:
        level = _find_level(each)
        if level and each.id not in shared:
            title = one_line(f"{each.verdict.value} {each.id} {each.title}")
            yield Annotation(
                level, title, one_line(evidence.headline(each, checks), 500), [each.id]
            )


def _find_level(requirement: Requirement) -> Level | None:
    if requirement.deviation is not None:
        return None
    if requirement.verdict in (Verdict.ERROR, Verdict.FAIL):
        return "error"
    return "warning" if requirement.verdict is Verdict.WARN else None


def _limit(annotations: Sequence[Annotation]) -> Sequence[Annotation]:
    """Let the last that is shown stand for all that are not; one place is the outcome's."""
    if len(annotations) < SHOWN:
        return annotations
    rest = annotations[SHOWN - 2 :]
    ids = join_names((id for each in rest for id in each.ids), 40)
    title = f"and {len(rest)} more, see the job summary and the report"
    return [*annotations[: SHOWN - 2], Annotation(rest[0].level, title, ids)]


def _escape(text: str, more: str = "") -> str:
    for character in ("%", "\r", "\n", *more):
        text = text.replace(character, f"%{ord(character):02X}")
    return text
