"""The ledger in a thread's state: what each step committed, as the probe `chain` writes it.

Other graphs have a `log` of their own, often of plain names. Recorded as a ledger it would be
judged as one, so only a list of {nonce, i, token} counts.
"""

from typing import Any

ENTRY = frozenset({"nonce", "i", "token"})


def ledger_of(values: Any) -> list[dict[str, Any]] | None:
    """The ledger in some state values; None if they hold none."""
    log = values.get("log") if isinstance(values, dict) else None
    if not isinstance(log, list):
        return None
    return log if all(isinstance(each, dict) and each.keys() >= ENTRY for each in log) else None
