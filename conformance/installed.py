"""Whether the server that a profile starts is installed, asked before anything starts.

A profile names a program that comes with the server (`start.program`) and how to get it
(`start.install`). Its command alone does not tell: `env` and `uvicorn` are there without it.
"""

import shutil

from onceproof.conformance.errors import TargetError
from onceproof.conformance.options import Options


def require_program(options: Options) -> None:
    """Raise TargetError if the profile starts the server and its program is not on the PATH."""
    start = options.profile.start
    if advise_install(options) is None or start.program is None:
        return
    path = options.resolve_env().get("PATH", options.environ.get("PATH"))
    if shutil.which(start.program, path=path) is None:
        raise TargetError(
            f"--target-profile {options.target_profile}: {start.program!r} is no program on the "
            f"PATH, so {options.profile.title} is not installed: {start.install}, and put the "
            "folder of its programs on the PATH"
        )


def advise_install(options: Options) -> str | None:
    """Return how to install the server, if its profile's own command is what starts it."""
    start = options.profile.start
    own = options.command is not None and options.command == start.command and not options.image
    return start.install if own else None
