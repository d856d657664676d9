"""`onceproof doctor` on broken deployments: the line of each, and its exit status."""

import ssl
from collections.abc import Iterator

import pytest

from onceproof.conformance.cli import main
from onceproof.conformance.errors import UNAVAILABLE, USAGE
from onceproof.conformance.preflight.examination import list_checks
from tests.access.conftest import Authority, authority
from tests.access.gateway import PREFIX, Gateway, run_gateway
from tests.preflight.broken import BROKEN, run_broken

__all__ = ["authority"]


def doctor(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", *words])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return int(str(ended.value.code)), [*said.out.splitlines(), *said.err.splitlines()]


def test_questions_have_places_of_their_own() -> None:
    places = [module.PLACE for module in list_checks()]
    assert places == sorted(set(places))
    assert len(places) > 5


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_deployment_is_named_with_what_to_do(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onceproof.conformance.preflight.trial.EXECUTED_S", 0.5)
    broken = BROKEN[name]
    with run_broken(broken) as url:
        status, lines = doctor(capsys, "--url", url)
    assert status == broken.status
    assert any(broken.line in line for line in lines), lines
    if status:
        assert broken.line in lines[-1]


def test_nobody_there(capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = doctor(capsys, "--url", "http://127.0.0.1:1")
    assert status == UNAVAILABLE
    assert "unreachable connection" in " ".join(lines[-1].split())
    assert "start the server, or correct --url" in lines[-1]
    status, lines = doctor(capsys, "--url", "http://nowhere.invalid")
    assert (status, len(lines)) == (UNAVAILABLE, 1)
    assert "the host name nowhere.invalid is unknown" in lines[0]


def test_without_a_url_it_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = doctor(capsys)
    assert (status, lines) == (
        USAGE,
        ["onceproof: doctor looks at a running server: name it by --url or --levers"],
    )


# -- behind a gateway ------------------------------------------------------------------------


@pytest.fixture
def gateway(authority: Authority) -> Iterator[Gateway]:
    authority.server.verify_mode = ssl.CERT_NONE
    with run_gateway(authority.server) as running:
        yield running


def test_an_unknown_authority_and_a_missing_key_are_options_to_give(
    gateway: Gateway,
    authority: Authority,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("onceproof.conformance.preflight.trial.EXECUTED_S", 0.5)
    url = ("--url", f"https://127.0.0.1:{gateway.server_port}{PREFIX}")
    status, lines = doctor(capsys, *url)
    assert status == USAGE
    assert "name the authority that issued it by --ca FILE" in lines[-1]
    status, lines = doctor(capsys, *url, "--ca", str(authority.ca))
    assert status == USAGE
    assert "it answers 401 to a read without credentials; give what it asks for" in lines[-1]
    status, lines = doctor(
        capsys, *url, "--ca", str(authority.ca), "--header", f"x-api-key={gateway.key}"
    )
    assert status == 0
    assert any("it answers a read with x-api-key" in line for line in lines)
    assert gateway.key not in "".join(lines)


def test_a_server_that_asks_for_a_certificate(
    gateway: Gateway, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    authority.server.verify_mode = ssl.CERT_REQUIRED
    url = f"https://127.0.0.1:{gateway.server_port}{PREFIX}"
    status, lines = doctor(capsys, "--url", url, "--ca", str(authority.ca))
    authority.server.verify_mode = ssl.CERT_NONE
    assert status == UNAVAILABLE
    assert "--client-certificate" in lines[-1]
