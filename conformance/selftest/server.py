"""The reference server with one mutant in place: `server.py MUTANT --role R --port N`."""

import sys

from onceproof.conformance.selftest.mutant import load_mutants


def main(arguments: list[str]) -> int:
    """Put the mutant in place and run the server; return its exit status."""
    load_mutants()[arguments[0]].apply()
    from onceproof.reference_impl.server import main as serve

    return serve(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
