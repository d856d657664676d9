"""What can go wrong outside of the target's conformance, and the exit status each ends with.

    OnceproofError            70  the harness itself failed
    ├── Interrupted          130  somebody asked to stop while it waited for a start
    ├── UsageError            64  an option or a variable cannot be used as given
    │   └── MissingExtra      64  a package the chosen option needs is not installed
    ├── StackError            69  Postgres or Redis could not be started or reached
    └── TargetError           69  the target could not be started or reached
        ├── MissingLever      69  what a test needs to break cannot be reached by us
        ├── MissingProbe      69  a graph that a test needs is not hosted
        ├── MissingId         69  an answer did not name what is asked about next
        ├── MissingRoute      69  a route that another requirement demands is not there
        └── NeedsExclusive    69  others, who may use the target, would feel it

Messages are one sentence that names the option, the value, and the next step: the command
line prints them as they are, without a traceback.

Exit statuses of a finished certification are `CERTIFIED`, `FAILED`, `INCONCLUSIVE` and
`PARTIAL`. Values 1 to 5 belong to pytest and 2 to click, so none of them is used here.
"""

import errno

CERTIFIED = 0
FAILED = 10
INCONCLUSIVE = 11
PARTIAL = 12
USAGE = 64
UNAVAILABLE = 69
HARNESS = 70
INTERRUPTED = 130

#: How the reason of `NeedsExclusive` ends.
ALLOWS = "--exclusive allows it, which says that nobody else uses the target"


class OnceproofError(Exception):
    """The harness itself failed."""

    exit_status = HARNESS


class Interrupted(OnceproofError):
    """Somebody asked to stop while something was waited for, see `conformance.stopping`."""

    exit_status = INTERRUPTED


def is_full(error: OSError) -> bool:
    """Return whether a file could not be written for want of room: on the disk, or in a quota."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def describe_full(folder: object) -> str:
    """Return the sentence for a folder that takes no more."""
    return f"no space left on '{folder}': free some, or name another folder with --run-dir"


class UsageError(OnceproofError):
    """An option or a variable cannot be used as given."""

    exit_status = USAGE


class MissingExtra(UsageError):
    """A package the chosen option needs is not installed."""


class StackError(OnceproofError):
    """Postgres or Redis could not be started or reached."""

    exit_status = UNAVAILABLE


class TargetError(OnceproofError):
    """The target could not be started or reached."""

    exit_status = UNAVAILABLE


class MissingLever(TargetError):
    """What a test needs to break cannot be reached by us: it is not judged."""


class MissingProbe(TargetError):
    """A probe graph that a test needs is not hosted: it is not judged."""


class MissingId(TargetError):
    """The target has not named what a request would be about: what names it is judged elsewhere."""


class MissingRoute(TargetError):
    """The target does not have a route, which is judged by the requirement that demands it."""


class NeedsExclusive(TargetError):
    """Others would feel it, and nobody has said that there are none: it is not judged."""
