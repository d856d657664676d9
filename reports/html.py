"""The HTML report: one self-contained file that works offline, in print and from a keyboard.

Nothing in it comes from elsewhere, and nothing a target said can run, see `page.environment`.
"""

from functools import partial

from onceproof.reports import evidence
from onceproof.reports.causes import group_causes, list_single
from onceproof.reports.deviations import ROTTEN
from onceproof.reports.gaps import group_gaps
from onceproof.reports.outcome import ORDER
from onceproof.reports.page import plots
from onceproof.reports.page.environment import read_asset, render_page
from onceproof.reports.recovery import CLASSES, tabulate_recovery
from onceproof.reports.results import Results
from onceproof.reports.text import shorten

#: What all that tests said may weigh in a page, and what one of them may and must have of it.
MESSAGES, LONGEST, SHORTEST = 1_500_000, 6_000, 200


def render(results: Results) -> str:
    """Return the document as one HTML page, light enough to open at once: long messages of tests
    are cut, the more of them there are the shorter."""
    causes = group_causes(results)
    return render_page(
        "report.html.j2",
        read_asset("report.css"),
        read_asset("filter.js") + read_asset("attempts.js"),
        results=results,
        target=evidence.target_name(results),
        chapters=evidence.group_by_chapter(results),
        checks=evidence.checks_by_name(results),
        ids={requirement.id for requirement in results.requirements},
        verdicts=[verdict.value for verdict in ORDER if results.counts.get(verdict)],
        levels=sorted({requirement.level for requirement in results.requirements}),
        charts=plots.charts(results.load, results.faults) if results.load else [],
        causes=causes,
        single=list_single(results, causes),
        gaps=group_gaps(results),
        rotten=set(ROTTEN),
        recovery=tabulate_recovery(results.chaos.recovery) if results.chaos else [],
        recovery_classes=CLASSES,
        timeline=plots.timeline(results),
        cut=partial(shorten, limit=_share(results)),
    )


def _share(results: Results) -> int:
    """How many characters of each message are shown."""
    messages = sum(bool(test.message) for each in results.requirements for test in each.tests)
    return max(SHORTEST, min(LONGEST, MESSAGES // max(1, messages)))
