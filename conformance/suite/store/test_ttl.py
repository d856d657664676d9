"""Items that expire, on a target that supports a time to live."""

import asyncio
import time

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.suite.kit.verdicts import inconclusive, not_applicable

#: In minutes, as in the API, and the same in seconds.
TTL_MIN = 0.05
TTL_S = TTL_MIN * 60
#: How long after its end an item must be gone: the probes' langgraph.json configures one sweep a
#: minute, and a server that somebody else started does not report its configuration.
SWEEP_S = 75.0
POLL_S = 0.2

DOOMED = {"left-alone", "peeked-at"}
KEPT = {"refreshed", "without"}


@requirement("STO-12")
async def test_an_item_expires_unless_it_is_read(
    space: Space, session: Session, observe: Observed
) -> None:
    # Its life begins with the request and not with the answer, which a busy machine delays.
    began_s = time.monotonic()
    response = await space.try_put("left-alone", {}, ttl=TTL_MIN)
    if response.status_code in (400, 422):
        not_applicable(f"the target does not support a time to live: {response.text[:200]}")
    await space.put("peeked-at", {}, ttl=TTL_MIN)
    await space.put("refreshed", {}, ttl=TTL_MIN)
    await space.put("without", {})
    lives_s = await measure_lives(space, began_s)
    lived_s = lives_s.get("left-alone")
    if lived_s is None and not sweeps_every_minute(session):
        inconclusive(f"an item still exists {SWEEP_S:g} s after its end: perhaps no sweep ran")
    assert lived_s is not None, (
        f"an item still exists {SWEEP_S:g} s after its end, although the target is configured to "
        "sweep every 60 s"
    )
    observe(f"an item of {TTL_S:g} s was gone after {lived_s:.0f} s")
    assert lived_s >= TTL_S - POLL_S, f"it lived {lived_s:.1f} s, but should live {TTL_S:g} s"
    assert "peeked-at" in lives_s, "an item was kept alive by reads that should not refresh it"
    same("remaining items", sorted(await space.keys(refresh_ttl=False)), sorted(KEPT))


def sweeps_every_minute(session: Session) -> bool:
    """Return whether onceproof started the target with `store` in the probes' langgraph.json."""
    return (
        session.target.offers("second-deployment")
        and "store" not in session.options.profile.start.without
    )


async def measure_lives(space: Space, began_s: float) -> dict[str, float]:
    """Measure the seconds until each expiring item was gone, reading the others meanwhile."""
    gone: dict[str, float] = {}
    while len(gone) < len(DOOMED) and time.monotonic() - began_s < TTL_S + SWEEP_S:
        left = await space.keys(refresh_ttl=False)
        for key in DOOMED - gone.keys() - set(left):
            gone[key] = time.monotonic() - began_s
        await space.read("refreshed", refresh_ttl="true")
        await space.read("peeked-at", refresh_ttl="false")
        await asyncio.sleep(POLL_S)
    return gone
