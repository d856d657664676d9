"""`python -m conformance` is `onceproof`."""

from conformance.cli import main

main()
