"""How a test says something other than "it holds" or "it does not"."""

from typing import NoReturn

import pytest


def inconclusive(reason: str) -> NoReturn:
    """End the test: the situation that would have judged the requirement did not come about."""
    pytest.skip(f"INCONCLUSIVE: {reason}")


def not_applicable(reason: str) -> NoReturn:
    """End the test: the target does not have the feature, and does not claim to."""
    pytest.skip(f"NOT_APPLICABLE: {reason}")
