"""Who is calling: the deployment's `authenticate` handler, given what it asks for by name."""

import inspect
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from onceproof.reference_impl.auth.refusals import answer_errors
from onceproof.reference_impl.auth.users import user_from
from onceproof.reference_impl.core.user import User
from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.http import read_json

_ARGUMENTS: dict[str, Callable[[Request], Any]] = {
    "request": lambda request: request,
    "path": lambda request: request.url.path,
    "method": lambda request: request.method,
    "path_params": lambda request: dict(request.path_params),
    "query_params": lambda request: dict(request.query_params),
    "headers": lambda request: dict(request.headers.raw),
    "authorization": lambda request: request.headers.get("authorization"),
}
_NAMES = frozenset({*_ARGUMENTS, "body"})


class Authentication:
    """Calls the handler; one that is not a coroutine runs in a thread and blocks nobody."""

    def __init__(self, handler: Callable[..., Any]):
        parameters = inspect.signature(handler).parameters.values()
        self._names = [each.name for each in parameters if each.name in _NAMES]
        for each in parameters:
            if each.default is each.empty and each.name not in _NAMES and not _variadic(each):
                raise ConfigError(
                    f"auth: authenticate asks for {each.name!r}, which is not one of "
                    f"{', '.join(sorted(_NAMES))}"
                )
        self._handler = handler

    async def __call__(self, request: Request) -> User:
        """Return the user; ApiError with the handler's answer if it refuses."""
        arguments = {name: _ARGUMENTS[name](request) for name in self._names if name in _ARGUMENTS}
        if "body" in self._names:
            await request.body()  # which keeps it for the endpoint, and for a handler's own request
            arguments["body"] = await read_json(request)
        with answer_errors("authenticate", assertion=401):
            return user_from(await self._call_handler(arguments))

    async def _call_handler(self, arguments: dict[str, Any]) -> Any:
        if inspect.iscoroutinefunction(self._handler):
            return await self._handler(**arguments)
        found = await run_in_threadpool(self._handler, **arguments)
        return await found if inspect.isawaitable(found) else found


def _variadic(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
