"""The end of a command that met what nobody foresaw: one sentence, and the traceback in a file.

A user can do nothing with a traceback but send it to somebody. With `ONCEPROOF_DEBUG` set it is
printed as it is.
"""

import os
import tempfile
import traceback

from onceproof.conformance.secrets import SECRETS

DEBUG = "ONCEPROOF_DEBUG"


def describe_failure(error: BaseException) -> str:
    """Keep the traceback in a file of the temporary folder, and return the sentence about it."""
    what = f"{type(error).__name__}: {error}".strip().splitlines()[0][:200]
    sentence = (
        f"the harness failed ({what}); this is a defect of onceproof and says nothing about the "
        "target: report it to the project that you installed onceproof from"
    )
    trace = SECRETS.hide("".join(traceback.format_exception(error)))
    if os.environ.get(DEBUG):
        return f"{sentence}\n{trace}"
    try:
        return f"{sentence}, with {_keep(trace)}"
    except OSError:
        return f"{sentence}, with what {DEBUG}=1 prints"


def _keep(trace: str) -> str:
    number, path = tempfile.mkstemp(prefix="onceproof-failure-", suffix=".txt")
    with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(trace)
    return path
