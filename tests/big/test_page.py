"""The page of a certification of 100,000 runs, each of them broken."""

from pathlib import Path

from onceproof.conformance.verdict import Verdict
from onceproof.reports import html
from tests.reports.big_run import write_run
from tests.reports.test_weight import LIMIT


def test_the_page_of_100_000_runs_is_as_light_as_any(tmp_path: Path) -> None:
    results = write_run(tmp_path, 100_000)
    assert results.load
    assert results.load.accepted == 100_000
    findings = {each.check: each.findings_total for each in results.checks if each.findings_total}
    assert findings == {"lost": 10_000, "duplicate": 190_000}
    assert results.counts[Verdict.FAIL] > 50
    page = html.render(results).encode()
    assert len(page) < LIMIT
    (tmp_path / "report.html").write_bytes(page)
