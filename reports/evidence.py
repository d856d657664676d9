"""Why a requirement has its verdict: shared by all reports.

A requirement is spoken for by tests and by history checks. Only those that did not pass are
evidence against it; a check that serves several requirements repeats only its first findings.
"""

from collections.abc import Mapping, Sequence

from onceproof.conformance.verdict import Verdict
from onceproof.reports.results import (
    Check,
    Deviation,
    Finding,
    Load,
    Profile,
    Requirement,
    Results,
    Test,
)
from onceproof.reports.text import counted, listed, one_line, visible

FINDINGS_SHOWN = 3


def by_name(results: Results) -> dict[str, Check]:
    """The checks of the document by name."""
    return {check.check: check for check in results.checks}


def by_chapter(results: Results) -> dict[str, list[Requirement]]:
    """The requirements by chapter, chapters in the order of first mention."""
    chapters: dict[str, list[Requirement]] = {}
    for requirement in results.requirements:
        chapters.setdefault(requirement.chapter, []).append(requirement)
    return chapters


def share(profile: Profile) -> str:
    """`31 of 33 passed, 2 untested`: what became of a profile, with its denominator."""
    rest = [
        f"{number:,} {verdict.replace('_', ' ').lower()}"
        for verdict, number in profile.counts.items()
        if verdict != Verdict.PASS
    ]
    passed = f"{profile.counts.get(Verdict.PASS, 0)} of {profile.total} passed"
    return ", ".join([passed, *rest])


def claim(profile: Profile) -> str:
    """How a profile was declared and found, where the two are worth a word."""
    if profile.declared is None:
        return ""
    if profile.declared:
        return "declared, not offered" if profile.offered is False else "declared"
    return "offered, not declared" if profile.offered else "not declared"


def target_name(results: Results) -> str:
    """What to call the target in a title: URL, image, profile or kind, and version."""
    target = results.target
    told = (target.get(each) for each in ("url", "image", "profile", "kind"))
    name = next(filter(None, told), "unnamed target")
    version = target.get("version")
    return one_line(f"{name} {version}" if version else str(name), 120)


def unsettled_tests(requirement: Requirement) -> list[Test]:
    """The tests of the requirement that did not pass, failures before skips."""
    order = {"error": 0, "failed": 1, "skipped": 2}
    against = [test for test in requirement.tests if test.outcome != "passed"]
    return sorted(against, key=lambda test: order[test.outcome])


def unsettled_checks(requirement: Requirement, checks: Mapping[str, Check]) -> list[Check]:
    """The checks of the requirement that did not pass, in the order it names them."""
    known = [checks[name] for name in requirement.checks if name in checks]
    return [check for check in known if check.verdict != "PASS"]


def headline(requirement: Requirement, checks: Mapping[str, Check]) -> str:
    """One line on the verdict: its reason, else what spoke first against the requirement."""
    against = unsettled_checks(requirement, checks)
    told = [
        requirement.reason,
        *(test.message for test in unsettled_tests(requirement)),
        *(finding.sentence for check in against for finding in check.findings),
        *(check.reason for check in against),
    ]
    first = next((words.strip() for words in told if words and words.strip()), None)
    return visible(first).splitlines()[0] if first else "no reason was recorded"


def full(requirement: Requirement, checks: Mapping[str, Check]) -> str:
    """All the evidence, one paragraph for the reason, each test and each check."""
    parts = [visible(requirement.text)]
    if requirement.deviation:
        parts.append(excuse(requirement.deviation))
    if requirement.reason:
        parts.append(f"reason: {visible(requirement.reason)}")
    parts += [_test(test) for test in unsettled_tests(requirement)]
    parts += [_check(check) for check in unsettled_checks(requirement, checks)]
    if requirement.observed:
        parts.append(f"observed: {visible('; '.join(requirement.observed))}")
    if requirement.replay:
        parts.append(f"replay: {visible(requirement.replay)}")
    return "\n\n".join(parts)


def failed(results: Results) -> list[Requirement]:
    """What failed and is not excused, the errors of the harness included."""
    bad = (Verdict.ERROR, Verdict.FAIL)
    return [r for r in results.requirements if r.verdict in bad and r.deviation is None]


def excuse(deviation: Deviation) -> str:
    """One line on a known deviation."""
    until = f"known deviation until {deviation.expires}"
    return f"{until}: {one_line(deviation.reason)} ({one_line(deviation.link)})"


def total(check: Check) -> int:
    """How many findings the check has, also those that the document leaves out."""
    return max(check.findings_total, len(check.findings))


def troubled(load: Load) -> dict[str, tuple[int, list[str]]]:
    """How many accepted runs were lost, duplicated or left unfinished, and those named."""
    return {
        "lost": (max(load.lost_total, len(load.lost)), load.lost),
        "duplicated": (max(load.duplicated_total, len(load.duplicated)), load.duplicated),
        "unfinished": (max(load.unfinished_total, len(load.unfinished)), load.unfinished),
    }


def finding_lines(finding: Finding) -> list[str]:
    """One finding as lines: the sentence, expected, actual, and its records."""
    lines = [
        f"{visible(finding.key)}: {visible(finding.sentence)}",
        f"  expected: {visible(finding.expected)}",
        f"  actual:   {visible(finding.actual)}",
    ]
    if finding.records:
        where = f" of {visible(finding.history)}" if finding.history else ""
        lines.append(f"  records:  {records(finding.records)}{where}")
    lines += [f"    {visible(line)}" for line in finding.timeline]
    if finding.replay:
        lines.append(f"  replay:   {visible(finding.replay)}")
    return lines


def records(indices: Sequence[int]) -> str:
    """The indices of a finding's records in the history, the first few of many."""
    return listed((str(index) for index in indices), 12)


def _test(test: Test) -> str:
    head = f"test {visible(test.nodeid)} {test.outcome}"
    return f"{head}:\n{visible(test.message)}" if test.message else head


def _check(check: Check) -> str:
    number = total(check)
    head = f"check {check.check} {check.verdict}"
    if check.reason:
        head += f": {visible(check.reason)}"
    if number:
        head += f" ({counted(number, 'finding')})"
    lines = [head]
    for finding in check.findings[:FINDINGS_SHOWN]:
        lines += finding_lines(finding)
    if number > FINDINGS_SHOWN:
        lines.append(f"and {counted(number - FINDINGS_SHOWN, 'more finding')}")
    return "\n".join(lines)
