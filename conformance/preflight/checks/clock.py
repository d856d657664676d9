"""Whether the server's clock agrees with ours: dates and lifetimes are judged by both."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.visit import Visit
from onceproof.reports.text import duration

PLACE = 50
#: A Date header has whole seconds.
ALLOWED_S = 2.0


async def ask(visit: Visit) -> Finding:
    """Answer with the offset of the server's clock, as its Date header tells it."""
    answer = await visit.api.get("/ok")
    now = datetime.now(UTC)
    try:
        there = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return Finding(Outcome.OK, "its clock is not compared, since it sends no Date")
    offset_s = (there.astimezone(UTC) - now).total_seconds() + 0.5
    if abs(offset_s) > ALLOWED_S:
        side = "ahead of" if offset_s > 0 else "behind"
        said = f"its clock is {duration(abs(offset_s))} {side} ours"
        return Finding(Outcome.WARNING, said, "set both clocks by the same time server")
    return Finding(Outcome.OK, "its clock agrees with ours")
