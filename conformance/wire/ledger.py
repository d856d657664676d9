"""The ledger in a thread's state: what each step committed, as the probe `chain` writes it.

Other graphs have a `log` of their own, often of plain names. Recorded as a ledger it would be
judged as one, so only a list of {nonce, i, token} counts.
"""

from typing import Any

from onceproof.conformance.history.values import LedgerEntry
from onceproof.conformance.wire.sanitise import number


def ledger_of(values: Any) -> list[LedgerEntry] | None:
    """Return the ledger in some state values; None if they hold none."""
    log = values.get("log") if isinstance(values, dict) else None
    if not isinstance(log, list):
        return None
    return log if all(map(_is_entry, log)) else None


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("nonce"), str):
        return False
    numbered = isinstance(entry.get("i"), str) or number(entry.get("i")) is not None
    return numbered and number(entry.get("token")) is not None
