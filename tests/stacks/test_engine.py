"""What an engine that refuses is asked again for, and what not."""

from typing import Any

import docker.errors
import pytest
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import Reaper

from onceproof.conformance.errors import StackError
from onceproof.conformance.stacks.engine import EngineContainer
from onceproof.conformance.stacks.reaper import demand_reaper

FORKING = "Cannot pause container: OCI runtime pause failed: unable to freeze: unknown"


class Refusing:
    """An engine's container that is not frozen for the given reasons, one after the other."""

    def __init__(self, *reasons: str) -> None:
        self._reasons = list(reasons)
        self.asked = 0

    def pause(self) -> None:
        self.asked += 1
        if self._reasons:
            raise docker.errors.APIError("500", explanation=self._reasons.pop(0))


class Held(EngineContainer):
    def __init__(self, wrapped: Refusing) -> None:
        super().__init__("postgres")
        self._container = wrapped

    def _engine_container(self) -> Any:
        return self._container


def test_a_container_that_forks_while_it_is_frozen_is_frozen_at_another_try() -> None:
    container = Refusing(FORKING, FORKING)
    Held(container).pause()
    assert container.asked == 3


def test_an_engine_that_never_freezes_it_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onceproof.conformance.stacks.engine._FREEZE_S", 0.0)
    with pytest.raises(StackError, match=r"refused to pause 'postgres': .* unable to freeze"):
        Held(Refusing(*[FORKING] * 9)).pause()


def test_another_refusal_is_told_at_once() -> None:
    container = Refusing("Container 17 is not running")
    with pytest.raises(
        StackError, match="refused to pause 'postgres': Container 17 is not running"
    ):
        Held(container).pause()
    assert container.asked == 1


@pytest.mark.parametrize(
    "error",
    [docker.errors.ImageNotFound("no such host"), TimeoutError("no such host")],
    ids=["no image", "no start"],
)
def test_a_helper_image_that_cannot_be_had_is_named(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise error

    monkeypatch.setattr(testcontainers_config, "ryuk_disabled", False)
    monkeypatch.setattr(Reaper, "get_instance", refuse)
    with pytest.raises(StackError) as caught:
        demand_reaper()
    assert f"'{testcontainers_config.ryuk_image}' of testcontainers" in str(caught.value)
    assert "no such host" in str(caught.value)
    assert "TESTCONTAINERS_RYUK_DISABLED=true" in str(caught.value)
    monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)
    demand_reaper()
