"""What pytest prints by itself of a plain session of the suite, without secrets.

A certification prints nothing of pytest's, and hides secrets in what it prints and writes.
"""

import pytest

from onceproof.conformance.secrets import SECRETS


def hide_in_report(report: pytest.TestReport) -> None:
    """Take the secrets out of a report's texts; one without any stays as it is."""
    report.sections = [(name, SECRETS.hide(text)) for name, text in report.sections]
    if isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        report.longrepr = (path, line, SECRETS.hide(reason))
    elif report.longrepr is not None:
        hidden = SECRETS.hide(report.longreprtext)
        if hidden != report.longreprtext:
            report.longrepr = hidden
