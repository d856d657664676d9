"""How a test says something other than "it holds" or "it does not"."""

from typing import NoReturn

import pytest

#: What a target need not offer, as reasons of `not_judged`: the same words for the same want.
HANDS = (
    "it needs control over the target's processes: let onceproof start it (--command, --image), "
    "or supply it (--levers, --lever)"
)
SECOND_DEPLOYMENT = (
    "it needs a second deployment of the target: let onceproof start it (--command, --image)"
)
SECOND_REPLICA = "it needs a second replica: name each one's --url, or give --api-replicas 2"
SERVICES = (
    "it needs control over Postgres and Redis: let onceproof start them (--stack embedded or "
    "containers), and the target on them, or find them (--levers compose:PROJECT --exclusive)"
)


def inconclusive(reason: str) -> NoReturn:
    """End the test: the situation that would have judged the requirement did not come about."""
    pytest.skip(f"INCONCLUSIVE: {reason}")


def not_judged(reason: str) -> NoReturn:
    """End the test: what it needs is not there, and to have it is not the target's duty.

    `reason` is a sentence that ends with what would have the requirement judged, such as "it needs
    a second replica: give --url twice". Requirements with the same reason are shown in one line.
    """
    pytest.skip(f"NOT_JUDGED: {reason}")


def not_applicable(reason: str) -> NoReturn:
    """End the test: the target does not have the feature, and does not claim to."""
    pytest.skip(f"NOT_APPLICABLE: {reason}")
