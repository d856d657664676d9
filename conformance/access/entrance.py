"""What the first answers of a server say: whether it is an Agent Server, and lets us in. Pure.

Each function returns a sentence in two halves, what was seen and what to do; None if all is well.
"""

from collections.abc import Iterable

OK, UNAUTHORIZED, FORBIDDEN = 200, 401, 403
_CLOSED = (UNAUTHORIZED, FORBIDDEN)

#: A read that every Agent Server has and that needs its credentials: path and body.
READ = "/threads/search", {"limit": 1}


def describe_stranger(ok_status: int, info_status: int) -> tuple[str, str] | None:
    """Judge by the statuses of /ok and /info whether an Agent Server answers."""
    if any(status == OK or status in _CLOSED for status in (ok_status, info_status)):
        return None
    said = f"what answers there is no Agent Server (/ok {ok_status}, /info {info_status})"
    return said, "give the base URL below which /ok and /info are found"


def describe_refusal(status: int, names: Iterable[str]) -> tuple[str, str] | None:
    """Judge by the status of the read, which was sent with headers of these names."""
    if status not in _CLOSED:
        return None
    if sent := ", ".join(names):
        said = f"it answers {status} to a read with {sent}"
        return said, "see whether that is right, and has not expired"
    said = f"it answers {status} to a read without credentials"
    return said, "give what it asks for, such as --header x-api-key=env:NAME"
