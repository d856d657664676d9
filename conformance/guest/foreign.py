"""Requests that touch what others made, which a guest sends only where nobody else lives.

A test that has forgotten whose server it is on is stopped here: the request is not sent.
"""

import re
from typing import Any

from onceproof.conformance.errors import ALLOWS, NeedsExclusive
from onceproof.conformance.guest.body import decode_request

CANCEL, PRUNE = re.compile(r"/runs/cancel$"), re.compile(r"/threads/prune$")

#: What a test does that others would feel. Each is followed by `ALLOWS`.
SWEEPS = "it cancels, prunes or deletes what it does not name"
CROWDS = "it asks for so much at once that others would wait"
STALLS = "it stalls a worker with all the runs that are there"
BREAKS = "it stops or pauses processes of the target"
EMPTIES = "it empties Redis or cuts those who listen there"


def explain(what: str) -> str:
    """Return why something is not done, and what would have it done."""
    return f"{what}: {ALLOWS}"


def demand_own(method: str, path: str, content: bytes) -> None:
    """Raise NeedsExclusive for a request that may hit what others made."""
    if method != "POST" or not (CANCEL.search(path) or PRUNE.search(path)):
        return
    asked = decode_request(content)
    body = asked if isinstance(asked, dict) else {}
    named = ["thread_ids"] if PRUNE.search(path) else ["run_ids", "thread_id"]
    if not all(_names(body.get(field)) for field in named) or body.get("status") is not None:
        raise NeedsExclusive(explain(SWEEPS))


def _names(value: Any) -> bool:
    """Whether it names at least one thing, and nothing but things."""
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(isinstance(each, str) and len(each) > 1 for each in values)
