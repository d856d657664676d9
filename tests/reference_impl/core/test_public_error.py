"""The message of an exception is shown by its kind."""

import pytest

from onceproof.reference_impl.core.containment import NodeExit
from onceproof.reference_impl.core.public_error import HIDDEN, describe_error


class OwnValueError(ValueError):
    """An author's own, of a kind that speaks to the caller."""


class Warning(Exception):
    """An author's own, by chance named like a builtin."""


@pytest.mark.parametrize(
    "error", [ValueError("Boo!"), OwnValueError("Boo!"), RuntimeError("Boo!"), TypeError("Boo!")]
)
def test_kinds_that_speak_to_the_caller_are_shown(error: Exception) -> None:
    assert describe_error(error) == {"error": type(error).__name__, "message": "Boo!"}


@pytest.mark.parametrize(
    "error", [Exception("Boo!"), OSError("/etc/secret"), Warning("Boo!"), ConnectionError("host")]
)
def test_every_other_message_is_hidden(error: Exception) -> None:
    assert describe_error(error) == {"error": type(error).__name__, "message": HIDDEN}


def test_an_exit_is_called_by_what_the_node_raised() -> None:
    assert describe_error(NodeExit(SystemExit("bad"))) == {"error": "SystemExit", "message": "bad"}
