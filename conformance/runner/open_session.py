"""A pytest plugin that gives the suite's fixtures a session that is open already."""

import pytest

from onceproof.conformance.session import SESSION, Session


class OpenSession:
    """Puts `session` where the suite's fixtures look for it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[SESSION] = self._session
