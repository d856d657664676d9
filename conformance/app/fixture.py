"""How a pytest session finds its application, and opens the server for it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from onceproof.conformance.app.manifest import NAME, read_manifest
from onceproof.conformance.app.server import AppServer
from onceproof.conformance.errors import OnceproofError

#: The option of pytest's configuration file that names the application.
INI = "onceproof_app"


@contextmanager
def open_app(config: pytest.Config, folder: Path) -> Iterator[AppServer]:
    """Serve the application of this session for the block; a test fails in one sentence if not.

    It is the langgraph.json that the configuration file names, or the one in the root folder.
    """
    path = config.rootpath / (config.getini(INI) or NAME)
    with ExitStack() as closing:
        try:
            server = closing.enter_context(AppServer(read_manifest(path, INI), folder, said=INI))
        except OnceproofError as error:
            pytest.fail(f"agent_server: {error}", pytrace=False)
        yield server
