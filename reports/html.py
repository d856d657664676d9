"""The HTML report: one self-contained file that works offline, in print and from a keyboard.

Nothing in it comes from elsewhere, and nothing a target said can run, see `page.environment`.
"""

from onceproof.reports import evidence
from onceproof.reports.causes import group_causes
from onceproof.reports.deviations import ROTTEN
from onceproof.reports.gaps import group_gaps
from onceproof.reports.outcome import ORDER
from onceproof.reports.page import plots
from onceproof.reports.page.environment import read_asset, render_page
from onceproof.reports.recovery import CLASSES, tabulate_recovery
from onceproof.reports.results import Results


def render(results: Results) -> str:
    """Return the document as one HTML page."""
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
        causes=group_causes(results),
        gaps=group_gaps(results),
        rotten=set(ROTTEN),
        recovery=tabulate_recovery(results.chaos.recovery) if results.chaos else [],
        recovery_classes=CLASSES,
        timeline=plots.timeline(results),
    )
