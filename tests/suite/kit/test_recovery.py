"""A deployment is used again once it works: after how many rounds, and when it never does."""

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from onceproof.conformance.suite.kit import recovery
from onceproof.conformance.suite.kit.recovery import works_again
from onceproof.conformance.wire.runs import Runs, StillRunning

pytestmark = pytest.mark.anyio

SLOTS = 3


class FakeRuns:
    """Each round of runs ends as `rounds` says: with a status, or with an exception."""

    def __init__(self, *rounds: str | Exception) -> None:
        self.rounds = list(rounds)
        self.created = 0

    async def new_thread(self) -> str:
        return "t"

    async def create(self, thread_id: str, graph: str, input: dict[str, Any]) -> SimpleNamespace:
        self.created += 1
        return SimpleNamespace(last=self.created % SLOTS == 0)

    async def until_terminal(self, handle: SimpleNamespace, timeout_s: float) -> str:
        comes = self.rounds[0]
        if handle.last and len(self.rounds) > 1:
            self.rounds.pop(0)
        if isinstance(comes, Exception):
            raise comes
        return comes


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "PAUSE_S", 0.0)


async def test_a_run_for_each_slot_is_enough_where_nothing_is_wrong() -> None:
    runs = FakeRuns("success")
    assert await works_again(cast(Runs, runs), SLOTS)
    assert runs.created == SLOTS


@pytest.mark.parametrize("wrong", ["error", StillRunning(), httpx.ReadError("gone")])
async def test_rounds_go_on_until_one_ends_well(wrong: str | Exception) -> None:
    assert await works_again(cast(Runs, FakeRuns(wrong, "success")), SLOTS)


async def test_one_that_never_works_is_given_up() -> None:
    assert not await works_again(cast(Runs, FakeRuns("error")), SLOTS, limit_s=0.0)
