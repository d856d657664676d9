"""`python -m onceproof.conformance` is `onceproof`."""

from onceproof.conformance.cli import main

main()
