"""What a caller may do: the most specific handler of the deployment decides.

An action without any handler is allowed; a global handler can say otherwise.
"""

from collections.abc import Mapping
from typing import Any

from langgraph_sdk.auth import Auth
from langgraph_sdk.auth.types import AuthContext, Handler

from onceproof.reference_impl.auth.filters import rule_of
from onceproof.reference_impl.auth.refusals import answer_errors
from onceproof.reference_impl.core.user import User
from onceproof.reference_impl.http import ApiError


class Handlers:
    """The `on` handlers of an `Auth` object, which keeps them where servers are to find them."""

    def __init__(self, auth: Auth):
        self._specific = auth._handlers
        self._global = auth._global_handlers

    def find_handler(self, resource: str, action: str) -> Handler | None:
        """Return the handler for resource and action, else for resource, action, or anything."""
        for key in ((resource, action), (resource, "*"), ("*", action)):
            if found := self._specific.get(key):
                return found[-1]
        return self._global[-1] if self._global else None

    async def rule(
        self, user: User, resource: Any, action: Any, value: dict[str, Any]
    ) -> str | None:
        """Return the rule that rows have to fulfil, None if any will do; ApiError if refused.

        The handler may change `value`.
        """
        handler = self.find_handler(resource, action)
        if handler is None:
            return None
        context = AuthContext(user.permissions, user, resource, action)
        with answer_errors(f"the handler of {resource}.{action}", assertion=403):
            return _rule_from(await handler(ctx=context, value=value))


def _rule_from(result: Any) -> str | None:
    if result is None or result is True:
        return None
    if result is False:
        raise ApiError(403, "Forbidden")
    if isinstance(result, Mapping):
        return rule_of(result)
    raise TypeError(f"a handler must return None, True, False or a filter, not {result!r}")
