"""What clients see of an exception that ended a run: its class, and its message if that is safe.

Judged by kind, not by name: the kinds below are how a graph's author says something to whoever
called it, in subclasses as well. Everything else, `OSError` and plain `Exception` above all, comes
from libraries too, whose messages hold paths, hosts and secrets.
"""

from onceproof.reference_impl.core.containment import NodeBlocked, NodeExit

_SPEAKING = (
    ArithmeticError,
    AssertionError,
    LookupError,
    NameError,
    NodeBlocked,
    RuntimeError,
    SystemExit,
    TypeError,
    ValueError,
)
_SPEAKING_PACKAGES = ("langgraph.", "langchain_core.")

HIDDEN = "An internal error occurred"


def describe_error(error: BaseException) -> dict[str, str]:
    """Return the `error` and `message` that a client sees of this exception."""
    if isinstance(error, NodeExit):
        error = error.original
    kind = type(error)
    speaks = isinstance(error, _SPEAKING) or kind.__module__.startswith(_SPEAKING_PACKAGES)
    return {"error": kind.__name__, "message": str(error) if speaks else HIDDEN}
