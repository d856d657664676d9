"""The reference server with variations in place: `server.py MODULE:NAME,... --role R --port N`.

As in the server of mutants, a process that the server makes for one run has them as well.
"""

import sys

from onceproof.conformance.selftest.benign.variation import apply_variation
from onceproof.conformance.selftest.server import CHILD, STARTED


def apply_all(places: str) -> None:
    """Put the variations in place that are named so."""
    for place in places.split(","):
        apply_variation(place)


def main(arguments: list[str]) -> int:
    """Run the server; return its exit status."""
    from onceproof.reference_impl.server import main as serve

    return serve(arguments)


if __name__ in (STARTED, CHILD):
    apply_all(sys.argv[1])

if __name__ == STARTED:
    sys.exit(main(sys.argv[2:]))
