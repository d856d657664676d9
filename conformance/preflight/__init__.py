"""Look at a target before anything runs on it: what can be judged, what is missing, what to do.

Each module of `checks` asks one question and answers with one line. They are found by being there
and asked in the order of their `PLACE`; an answer that makes the next questions pointless, such as
an address where nobody answers, is the last.
"""

from onceproof.conformance.preflight.examination import examine
from onceproof.conformance.preflight.finding import Finding, Outcome

__all__ = ["Finding", "Outcome", "examine"]
