"""What a gateway spoils that gathers answers and passes each on in one lump.

Its one defect would fail dozens of requirements that the server behind it may well meet: whoever
waits for an event while a run stands still waits in vain. So one requirement fails for it, the one
that events arrive while a run is going, with who gathers them as its reason. Any other test that
fails after it asked for such an answer is not judged, and says the same.
"""

from typing import Any

import pytest

from onceproof.conformance.access.gathered import ASKED, is_about_streams
from onceproof.conformance.runner.plugin import ids_of
from onceproof.conformance.session import SESSION

#: Events arrive while the run is going.
LIVE = "STR-18"
#: The default time limit of requests there: each of these tests waits for it in vain.
WAIT_S = 6.0

_BEFORE = pytest.StashKey[int]()


def begin_test(item: pytest.Item) -> None:
    """Note that a test begins."""
    item.stash[_BEFORE] = ASKED.count


def find_spoiler(item: pytest.Item, error: BaseException) -> str | None:
    """Return why this test cannot tell the server from the gateway, None if it can.

    What it asked for may be of a fixture that failed in an earlier test: then the error names it.
    """
    session = item.config.stash.get(SESSION, None)
    has_asked = ASKED.count > item.stash.get(_BEFORE, ASKED.count) or is_about_streams(str(error))
    return session.look.lumps if session is not None and has_asked else None


def blame_gateway(report: pytest.TestReport, item: pytest.Item, cause: str) -> bool:
    """Let the failure of the one requirement name the gateway; return whether this is its test."""
    crash: Any = getattr(report.longrepr, "reprcrash", None)
    if LIVE not in ids_of(item) or crash is None:
        return False
    crash.message = cause
    return True
