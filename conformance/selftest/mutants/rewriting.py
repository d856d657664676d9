"""How mutants change a text of the server: a query, a script, a database function; or a route."""

from types import FunctionType
from typing import Any

from starlette.routing import request_response

from onceproof.reference_impl import database


def rewrite(owner: Any, name: str, old: str, new: str) -> None:
    """Replace part of a text that `owner` has under `name`; LookupError if the part is not there.

    So a mutant whose place in the server has changed says so instead of changing nothing.
    """
    text = getattr(owner, name)
    if old not in text:
        raise LookupError(f"{name} does not contain {old!r}")
    setattr(owner, name, text.replace(old, new))


def rewrite_schema(old: str, new: str) -> None:
    """Replace part of the functions that the server stores in its database when it starts."""
    well = database.files

    class Changed:
        """The schema's folder, in which one file reads differently."""

        def __init__(self, place: Any) -> None:
            self._place = place

        def joinpath(self, name: str) -> "Changed":
            return Changed(self._place.joinpath(name))

        def read_text(self, encoding: str) -> str:
            text: str = self._place.read_text(encoding=encoding)
            return text.replace(old, new)

    folder = well("onceproof.reference_impl.sql")
    if old not in folder.joinpath("schema/functions.sql").read_text(encoding="utf-8"):
        raise LookupError(f"the schema does not contain {old!r}")
    database.files = lambda package: Changed(well(package))  # type: ignore[return-value]


def replace_endpoint(routes: Any, path: str, endpoint: Any) -> None:
    """Answer GET on a path of these routes by another function."""
    [route] = [each for each in routes if each.path == path and "GET" in each.methods]
    route.app = request_response(endpoint)


def rebind(function: Any, **names: Any) -> Any:
    """Return a function that is like the given one, but finds other values under these names."""
    made = FunctionType(function.__code__, {**function.__globals__, **names})
    made.__defaults__, made.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    return made
