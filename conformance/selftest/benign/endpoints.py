"""How variations change what single endpoints answer."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

#: What an endpoint does with a request.
Endpoint = Callable[[Request], Awaitable[Response]]
#: Answers a request, and may have the endpoint as it was do so.
Instead = Callable[[Request, Endpoint], Awaitable[Response]]


def change_endpoint(routes: Sequence[BaseRoute], method: str, path: str, instead: Instead) -> None:
    """Let `instead` answer one method of one path; LookupError if there is no such route."""
    for place, route in enumerate(routes):
        if isinstance(route, Route) and route.path == path and method in (route.methods or ()):
            routes[place] = _replace(route, method, instead)
            return
    raise LookupError(f"there is no {method} {path}")


def _replace(route: Route, method: str, instead: Instead) -> Route:
    known: Endpoint = route.endpoint

    async def answer(request: Request) -> Response:
        return await instead(request, known)

    # What describes the operation stays with it.
    vars(answer).update(vars(known))
    answer.__name__ = known.__name__
    return Route(route.path, answer, methods=[method], name=route.name)
