"""What a caller may do: the most specific handler of the deployment decides.

Without any handler for it an action is allowed: who wants the opposite says so in a global one.
"""

from collections.abc import Mapping
from typing import Any

from langgraph_sdk.auth import Auth
from langgraph_sdk.auth.types import AuthContext, Handler

from onceproof.reference_impl.auth.filters import rule_of
from onceproof.reference_impl.auth.refusals import answered
from onceproof.reference_impl.core.user import User
from onceproof.reference_impl.http import ApiError


class Handlers:
    """The `on` handlers of an `Auth` object, which keeps them where servers are to find them."""

    def __init__(self, auth: Auth):
        self._specific = auth._handlers
        self._global = auth._global_handlers

    def deciding(self, resource: str, action: str) -> Handler | None:
        """The handler for resource and action, else for the resource, the action, or anything."""
        for key in ((resource, action), (resource, "*"), ("*", action)):
            if found := self._specific.get(key):
                return found[-1]
        return self._global[-1] if self._global else None

    async def rule(
        self, user: User, resource: Any, action: Any, value: dict[str, Any]
    ) -> str | None:
        """The rule rows have to fulfil, None if any will do; ApiError if the handler refuses.

        The handler may change `value`.
        """
        handler = self.deciding(resource, action)
        if handler is None:
            return None
        context = AuthContext(user.permissions, user, resource, action)
        with answered(f"the handler of {resource}.{action}", assertion=403):
            return _meaning(await handler(ctx=context, value=value))


def _meaning(result: Any) -> str | None:
    if result is None or result is True:
        return None
    if result is False:
        raise ApiError(403, "Forbidden")
    if isinstance(result, Mapping):
        return rule_of(result)
    raise TypeError(f"a handler must return None, True, False or a filter, not {result!r}")
