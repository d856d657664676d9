"""`get_client()` without a URL, in a node or in a route of the deployment's own.

The official SDK then makes a transport that leads to a server in the same process and has to be
shown to it. What was made while graphs were imported is kept in a list until the server says what
it is; one that is made later, inside a node, is looked at by nobody. So the list is replaced by
one that shows each transport the server as soon as there is one, and that keeps none: nodes may
make a client for each run.

These calls are the deployment's own. They carry no credentials, so nobody is asked for any, and
they belong to no user.
"""

import os
from typing import Any

from langgraph_sdk._async import client as sdk_client
from langgraph_sdk._shared import utilities as sdk
from starlette.types import ASGIApp


class _Transports(list[Any]):
    """The transports that wait for the server."""

    app: ASGIApp | None = None

    def append(self, transport: Any) -> None:
        if self.app is None:
            super().append(transport)
        else:
            transport.app = self.app


def watch_clients() -> None:
    """Watch for clients without a URL from now on; called before graphs are imported."""
    os.environ["__LANGGRAPH_DEFER_LOOPBACK_TRANSPORT"] = "true"
    waiting = _Transports(sdk._registered_transports)
    sdk._registered_transports = sdk_client._registered_transports = waiting


def connect_clients(app: ASGIApp) -> None:
    """Show the server to all clients without a URL."""
    waiting = sdk._registered_transports
    assert isinstance(waiting, _Transports), "watch_clients() comes first"
    sdk.configure_loopback_transports(app)
    waiting.clear()
    waiting.app = app
