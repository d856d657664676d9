"""The reference server with variations in place: `server.py MODULE:NAME,... --role R --port N`."""

import sys

from onceproof.conformance.selftest.benign.variation import find_variation


def main(arguments: list[str]) -> int:
    """Put the variations in place and run the server; return its exit status."""
    for place in arguments[0].split(","):
        module, _, name = place.partition(":")
        find_variation(module, name).apply()
    from onceproof.reference_impl.server import main as serve

    return serve(arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
