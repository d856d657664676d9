"""The marker that binds a test to the requirements it proves.

    @requirement("RUN-01", "RUN-02")
    async def test_create_answers_at_once(...): ...

Ids are looked up while the test module is imported, so a mistyped one stops the collection
instead of leaving a requirement silently untested.
"""

import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.register.loader import get_requirement


def requirement(*ids: str) -> pytest.MarkDecorator:
    """Mark a test as proof of the requirements with these ids, of which there is at least one."""
    if not ids:
        raise UsageError("requirement() needs at least one id, such as requirement('RUN-01')")
    if len(set(ids)) != len(ids):
        raise UsageError(f"requirement() names an id twice: {', '.join(ids)}")
    return pytest.mark.requirement(*(get_requirement(id).id for id in ids))
