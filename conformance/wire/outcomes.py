"""What an HTTP status says about whether an operation took effect.

ok     2xx: it happened
fail   a documented refusal (4xx): it did not happen, and never will
info   anything else - no answer, a cut connection, 5xx: it may have happened, or happen yet
"""

from onceproof.conformance.history.vocabulary import Outcome

REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422, 429})
"""4xx with a documented meaning. Others (a 408 from a proxy, say) leave the outcome open."""


def classify(status: int) -> Outcome:
    """Return the outcome that an answer with this status stands for."""
    if 200 <= status < 300:
        return "ok"
    return "fail" if status in REFUSALS else "info"
