"""Why a requirement has its verdict: shared by all reports.

Tests and history checks speak for a requirement. Only those that did not pass are evidence against
it; a check that serves several requirements repeats only its first findings.
"""

from collections.abc import Mapping, Sequence

from msgspec import UNSET, UnsetType

from onceproof.conformance.verdict import Verdict
from onceproof.reports.chaos import Chaos
from onceproof.reports.field import PROFILE, Field
from onceproof.reports.field import describe_field as describe_field_run
from onceproof.reports.load import Load
from onceproof.reports.results import (
    Check,
    Deviation,
    Finding,
    Outcome,
    Profile,
    Requirement,
    Results,
    Test,
)
from onceproof.reports.text import join_names, one_line, pluralise, visible

FINDINGS_SHOWN = 3


def name_outcome(outcome: Outcome, results: Results) -> str:
    """Return the words for an outcome: a chaos certifies nothing, so at best it has passed, and a
    field certificate is one of its own class."""
    if results.field is not UNSET and outcome == "certified":
        return "certified in field mode"
    is_chaos = results.chaos is not UNSET
    return "passed" if is_chaos and outcome == "certified" else outcome


def describe_outcome(results: Results) -> str:
    """Return the words for the outcome of the whole, with how many recommendations do not hold."""
    return name_outcome(results.outcome, results) + describe_shortfall(results)


def describe_shortfall(results: Results) -> str:
    """Return what follows the word of a certificate: `, with 3 recommendations not met`, or ""."""
    unmet = list_unmet(select_bearing(results.requirements, results.field))
    certified = results.outcome == "certified"
    return f", with {describe_unmet(len(unmet))}" if certified and unmet else ""


def select_bearing(
    requirements: Sequence[Requirement], field: Field | UnsetType
) -> Sequence[Requirement]:
    """Select what a certificate rests on: the oracles alone, in field mode without probes."""
    if field is UNSET or not field.alone:
        return requirements
    return [each for each in requirements if each.profile == PROFILE]


def list_unmet(requirements: Sequence[Requirement]) -> tuple[str, ...]:
    """List the recommendations that do not hold."""
    return tuple(
        r.id
        for r in requirements
        if r.level == "SHOULD" and r.scope != "plat" and r.verdict in (Verdict.WARN, Verdict.FAIL)
    )


def describe_unmet(number: int) -> str:
    """Return how many recommendations do not hold: `3 recommendations not met`."""
    return f"{pluralise(number, 'recommendation')} not met"


def describe_field(results: Results) -> str:
    """Return what a certification in field mode amounts to in one line, "" for any other."""
    if results.field is UNSET:
        return ""
    return visible(describe_field_run(results.field, results.outcome, results.requirements))


def run_counts(chaos: Chaos) -> list[tuple[str, int]]:
    """Return what became of the runs of a chaos, as names and numbers."""
    runs = chaos.runs
    return [
        ("accepted", runs.accepted),
        ("refused", runs.refused),
        ("unclear", runs.unclear),
        ("found later", runs.recovered),
        ("finished once", runs.finished_once),
        *runs.broken.items(),
    ]


def checks_by_name(results: Results) -> dict[str, Check]:
    """Return the checks of the document by name."""
    return {check.check: check for check in results.checks}


def group_by_chapter(results: Results) -> dict[str, list[Requirement]]:
    """Group the requirements by chapter, chapters in the order of first mention."""
    chapters: dict[str, list[Requirement]] = {}
    for requirement in results.requirements:
        chapters.setdefault(requirement.chapter, []).append(requirement)
    return chapters


def share(profile: Profile) -> str:
    """Return `31 of 33 passed, 2 untested`: how a profile did, with its denominator."""
    rest = [
        f"{number:,} {verdict.replace('_', ' ').lower()}"
        for verdict, number in profile.counts.items()
        if verdict != Verdict.PASS
    ]
    passed = f"{profile.counts.get(Verdict.PASS, 0)} of {profile.total} passed"
    return ", ".join([passed, *rest])


def claim(profile: Profile) -> str:
    """Return how a profile was declared and found; empty where that needs no mention."""
    if profile.declared is None:
        return ""
    if profile.declared:
        return "declared, not offered" if profile.offered is False else "declared"
    return "offered, not declared" if profile.offered else "not declared"


def target_name(results: Results) -> str:
    """Return the target's name for titles: URL, image, profile or kind, version, and the limit of
    requests under which it was seen."""
    target = results.target
    names = (target.get(field) for field in ("url", "image", "profile", "kind"))
    name = next(filter(None, names), "unnamed target")
    version = target.get("version")
    rate = target.get("max_rate")
    limit = f" (at most {rate:g} requests a second)" if isinstance(rate, int | float) else ""
    return one_line((f"{name} {version}" if version else str(name)) + limit, 120)


def unsettled_tests(requirement: Requirement) -> list[Test]:
    """List the tests of the requirement that did not pass, failures before skips."""
    order = {"error": 0, "failed": 1, "skipped": 2}
    against = [test for test in requirement.tests if test.outcome != "passed"]
    return sorted(against, key=lambda test: order[test.outcome])


def is_repeated(requirement: Requirement) -> bool:
    """Return whether the reason of the requirement is what one of its tests says anyway."""
    reason = (requirement.reason or "").strip()
    return any(reason in (test.message or "") for test in requirement.tests)


def unsettled_checks(requirement: Requirement, checks: Mapping[str, Check]) -> list[Check]:
    """List the checks of the requirement that did not pass, in the order it names them."""
    known = [checks[name] for name in requirement.checks if name in checks]
    return [check for check in known if check.verdict != "PASS"]


def headline(requirement: Requirement, checks: Mapping[str, Check]) -> str:
    """Return one line on the verdict: its reason, else the first evidence against it."""
    against = unsettled_checks(requirement, checks)
    candidates = [
        requirement.reason,
        *(test.message for test in unsettled_tests(requirement)),
        *(finding.sentence for check in against for finding in check.findings),
        *(check.reason for check in against),
    ]
    first = next((words.strip() for words in candidates if words and words.strip()), None)
    return visible(first).splitlines()[0] if first else "no reason was recorded"


def describe(requirement: Requirement, checks: Mapping[str, Check]) -> str:
    """Return all the evidence, a paragraph for the reason, each test and each check."""
    parts = [visible(requirement.text)]
    if requirement.deviation:
        parts.append(describe_deviation(requirement.deviation))
    if requirement.reason and not is_repeated(requirement):
        parts.append(f"reason: {visible(requirement.reason)}")
    parts += [_test(test) for test in unsettled_tests(requirement)]
    parts += [_check(check) for check in unsettled_checks(requirement, checks)]
    if requirement.judged_by:
        parts.append(f"judged by: {visible(requirement.judged_by)}")
    if requirement.observed:
        parts.append(f"observed: {visible('; '.join(requirement.observed))}")
    if requirement.replay:
        parts.append(f"replay: {visible(requirement.replay)}")
    return "\n\n".join(parts)


def list_failures(results: Results) -> list[Requirement]:
    """List what failed and is not excused, errors of the harness included."""
    bad = (Verdict.ERROR, Verdict.FAIL)
    return [r for r in results.requirements if r.verdict in bad and r.deviation is None]


def describe_deviation(deviation: Deviation) -> str:
    """Return one line on a known deviation."""
    until = f"known deviation until {deviation.expires}"
    return f"{until}: {one_line(deviation.reason)} ({one_line(deviation.link)})"


def count_findings(check: Check) -> int:
    """Count the findings of the check, including those that the document leaves out."""
    return max(check.findings_total, len(check.findings))


def count_losses(load: Load) -> dict[str, tuple[int, list[str]]]:
    """Count the accepted runs that were lost, duplicated or left unfinished; with their names."""
    return {
        "lost": (max(load.lost_total, len(load.lost)), load.lost),
        "duplicated": (max(load.duplicated_total, len(load.duplicated)), load.duplicated),
        "unfinished": (max(load.unfinished_total, len(load.unfinished)), load.unfinished),
    }


def finding_lines(finding: Finding) -> list[str]:
    """Return one finding as lines: the sentence, expected, actual, and its records."""
    lines = [
        f"{visible(finding.key)}: {visible(finding.sentence)}",
        f"  expected: {visible(finding.expected)}",
        f"  actual:   {visible(finding.actual)}",
    ]
    if finding.records:
        where = f" of {visible(finding.history)}" if finding.history else ""
        lines.append(f"  records:  {list_records(finding.records)}{where}")
    lines += [f"    {visible(line)}" for line in finding.timeline]
    if finding.replay:
        lines.append(f"  replay:   {visible(finding.replay)}")
    return lines


def list_records(indices: Sequence[int]) -> str:
    """Join the indices of a finding's records in the history, the first few of many."""
    return join_names((str(index) for index in indices), 12)


def _test(test: Test) -> str:
    head = f"test {visible(test.nodeid)} {test.outcome}"
    return f"{head}:\n{visible(test.message)}" if test.message else head


def _check(check: Check) -> str:
    number = count_findings(check)
    head = f"check {check.check} {check.verdict}"
    if check.reason:
        head += f": {visible(check.reason)}"
    if number:
        head += f" ({pluralise(number, 'finding')})"
    lines = [head]
    for finding in check.findings[:FINDINGS_SHOWN]:
        lines += finding_lines(finding)
    if number > FINDINGS_SHOWN:
        lines.append(f"and {pluralise(number - FINDINGS_SHOWN, 'more finding')}")
    return "\n".join(lines)
