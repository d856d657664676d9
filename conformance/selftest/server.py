"""The reference server with one mutant in place: `server.py MUTANT --role R --port N`.

A process that the server makes for one run has the mutant as well: multiprocessing imports this
module there, under a name of its own, with the same arguments.
"""

import sys

from onceproof.conformance.selftest.mutant import find_mutant

#: The names of this module where it was started, and in a process that its process has made.
STARTED, CHILD = "__main__", "__mp_main__"


def main(arguments: list[str]) -> int:
    """Run the server; return its exit status."""
    from onceproof.reference_impl.server import main as serve

    return serve(arguments)


if __name__ in (STARTED, CHILD):
    find_mutant(sys.argv[1]).apply()

if __name__ == STARTED:
    sys.exit(main(sys.argv[2:]))
