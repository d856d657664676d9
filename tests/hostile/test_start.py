"""Starting against a server that is up and hostile: reported in one sentence, and soon."""

import time

import pytest

from onceproof.conformance.errors import TargetError
from onceproof.conformance.targets import UrlTarget
from onceproof.conformance.targets.health import client_for, health
from onceproof.conformance.wire import answer
from tests.hostile.hostile_server import BEHAVIOURS, HostileServer

PROBE_S = 1.0
#: Both paths of health, and two documents, each of which may take its whole time.
SOON_S = 5 * PROBE_S

#: What answers /ok with 200, and so is up, whatever else it says.
UP = {"invalid-utf8", "content-length-too-short", "deep-json"}
SENTENCES = {
    "endless-body": "a body of more than",
    "no-answer": "no answer in time",
    "header-drip": "no answer in time",
    "heartbeats-only": "no answer in time",
    "redirect-circle": "answers, but not as an Agent Server (/ok 307, /info 307)",
    "closed-in-headers": "disconnected without sending a response",
}


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "MAX_BODY_BYTES", 4_000_000)


@pytest.mark.parametrize("name", sorted(BEHAVIOURS.keys() - UP))
def test_a_start_ends_in_a_sentence(server: HostileServer, name: str) -> None:
    target = UrlTarget([server.url(name, rude=True)], probe_s=PROBE_S)
    began = time.monotonic()

    with pytest.raises(TargetError) as refused:
        target.start()

    assert time.monotonic() - began < SOON_S
    assert SENTENCES.get(name, "") in str(refused.value)
    assert server.url(name) in str(refused.value)


@pytest.mark.parametrize("name", sorted(UP))
def test_documents_that_cannot_be_read_are_none(server: HostileServer, name: str) -> None:
    target = UrlTarget([server.url(name, rude=True)], probe_s=PROBE_S)

    target.start()

    assert target.identity()["version"] is None


@pytest.mark.parametrize("name", sorted(BEHAVIOURS.keys() - UP))
def test_health_says_what_came_instead(server: HostileServer, name: str) -> None:
    with client_for(server.url(name), PROBE_S) as client:
        assert health(client, server.url(name, rude=True))
