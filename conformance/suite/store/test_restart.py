"""All processes of the target stop and start again: what it stores is in its databases."""

from onceproof.conformance.faults import fault
from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import same
from onceproof.conformance.suite.kit.replicas import restart_all
from onceproof.conformance.suite.kit.store_space import Space
from onceproof.conformance.targets import Levers

VALUE = {"nested": {"n": [1, None, "x"]}}


@requirement("STO-17")
async def test_every_item_is_as_it_was_before_a_restart(
    space: Space, session: Session, levers: Levers
) -> None:
    for key in ("a", "b", "c"):
        await space.put(key, {"key": key, **VALUE}, key)
    before = await space.search()
    with fault(
        session.history,
        "all-restarted",
        inject=lambda: None,
        heal=lambda: None,
        recovery_ms=session.recovery_ms,
    ):
        await restart_all(session.target)
    same("how many items there were", len(before), 3)
    same("the items after the restart", await space.search(), before)
