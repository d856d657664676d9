"""Which of a target's addresses a test asks."""

from onceproof.conformance.suite.kit.verdicts import inconclusive
from onceproof.conformance.wire.client import Api


def two_replicas(api: Api) -> tuple[int, int]:
    """The places of two replicas, for `at=`; inconclusive on a target with one address."""
    if len(api.urls) < 2:
        inconclusive("the target has one address, so no replica but the one that was asked")
    return 0, 1
