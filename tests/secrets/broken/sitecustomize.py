"""Breaks the harness on purpose: what writes the reports raises an error that holds its secrets.

Python imports it at its start from a folder on PYTHONPATH; only the command line itself is broken,
none of the processes that it starts.
"""

import os
import sys


def fail(*given: object) -> None:
    secrets = {name: value for name, value in os.environ.items() if "ecret" in value}
    raise RuntimeError(f"{given[1:]} with {secrets} and {sys.argv}")


if "onceproof.conformance" in sys.orig_argv:
    from onceproof.reports import write

    write.write_all = fail  # type: ignore[assignment]
