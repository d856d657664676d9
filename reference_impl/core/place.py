"""Where in an application's own code an exception was raised."""

import sys
import sysconfig
from pathlib import Path
from types import TracebackType

#: What is installed, or comes with Python, is not the application's.
_ELSEWHERE = (
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    str(Path(__file__).resolve().parents[1]),
    str(Path(__file__).parents[1]),
    sys.prefix,
)
_INSTALLED = ("/site-packages/", "/dist-packages/")


def find_place(error: BaseException) -> str | None:
    """Return file, line and function of the innermost frame that is the application's."""
    found = None
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if not _is_elsewhere(code.co_filename):
            found = f"{code.co_filename}:{trace.tb_lineno} in {code.co_qualname}"
        trace = trace.tb_next
    return found


def _is_elsewhere(file: str) -> bool:
    return file.startswith(("<", *_ELSEWHERE)) or any(part in file for part in _INSTALLED)
