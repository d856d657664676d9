"""An SVG badge: what was tested how far, by which version, and when.

It proves nothing by itself: link it to the signed certificate.
"""

from html import escape

from onceproof.conformance.verdict import Verdict
from onceproof.reports import evidence
from onceproof.reports.results import Outcome, Results
from onceproof.reports.text import one_line

_COLOURS: dict[Outcome, str] = {
    "certified": "#1a7f37",
    "partial": "#9a6700",
    "failed": "#cf222e",
    "inconclusive": "#57606a",
}
#: Width of one character of 11 px, and the room around a text, in pixels.
_CHARACTER, _ROOM = 6.6, 12

_BADGE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{title}">
<title>{title}</title>
<rect width="{width}" height="20" rx="3" fill="{colour}"/>
<rect width="{left}" height="20" rx="3" fill="#24292f"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
<text x="{left_middle}" y="14" textLength="{left_text}">{name}</text>
<text x="{right_middle}" y="14" textLength="{right_text}">{message}</text>
</g>
</svg>
"""


def render(results: Results) -> str:
    """Return the document as a badge of one line."""
    name = one_line(f"onceproof {results.harness.version}", 40)
    message = describe_badge(results)
    left, right = _measure(name), _measure(message)
    return _BADGE.format(
        title=escape(f"{name}: {evidence.target_name(results)}: {message}"),
        name=escape(name),
        message=escape(message),
        colour=_COLOURS[results.outcome],
        width=left + right,
        left=left,
        left_middle=left / 2,
        left_text=left - _ROOM,
        right_middle=left + right / 2,
        right_text=right - _ROOM,
    )


def describe_badge(results: Results) -> str:
    """Return `certified core, queue 431/449 2026-03-14`: outcome, profiles, share and day."""
    outcome = evidence.name_outcome(results.outcome, results)
    certified = [each.profile for each in results.profiles if each.outcome == "certified"]
    whole = len(certified) == len(results.profiles)
    profiles = "" if whole or not certified else f" ({', '.join(certified)})"
    share = f"{results.counts.get(Verdict.PASS, 0)}/{len(results.requirements)}"
    return one_line(f"{outcome}{profiles} {share} {results.run.finished[:10]}", 120)


def _measure(text: str) -> int:
    return round(len(text) * _CHARACTER) + _ROOM
