"""All parts come in by the same way: TLS, headers, path prefix, IPv6, proxies, renewed tokens."""

import shlex
import ssl
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from onceproof.conformance.access import Way, use_way
from onceproof.conformance.access.proxies import proxy_for
from onceproof.conformance.access.way import way_of_environment
from onceproof.conformance.errors import UsageError
from onceproof.load.connection import NoAnswer
from tests.access.conftest import Authority
from tests.access.gateway import PREFIX, PRINT_TOKEN, Gateway, run_gateway, run_proxy
from tests.access.parts import PARTS, RENEWING, Part

every_part = pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
KEY = ("x-api-key=first-key-1",)
NO_WAY = (httpx.HTTPError, NoAnswer, OSError)


@every_part
def test_every_part_comes_through_tls_a_key_and_a_prefix(
    part: Part, url: str, gateway: Gateway, authority: Authority
) -> None:
    with use_way(Way(KEY, authority.ca)):
        assert part(url) == 200
    assert gateway.seen in (["GET /ok"], ["GET /runs/stream"])
    assert gateway.refused == 0


@every_part
def test_without_the_authority_no_part_goes_in(part: Part, url: str, gateway: Gateway) -> None:
    with use_way(Way(KEY)), pytest.raises(NO_WAY):
        part(url)
    assert gateway.seen == []


@every_part
def test_a_server_that_asks_for_a_certificate_gets_ours(
    part: Part, url: str, gateway: Gateway, authority: Authority
) -> None:
    authority.server.verify_mode = ssl.CERT_REQUIRED
    try:
        with use_way(Way(KEY, authority.ca)), pytest.raises(NO_WAY):
            part(url)
        assert gateway.seen == []
        with use_way(Way(KEY, authority.ca, authority.certificate, authority.key)):
            assert part(url) == 200
    finally:
        authority.server.verify_mode = ssl.CERT_NONE


def test_an_alert_after_the_handshake_is_a_transport_error(
    url: str, gateway: Gateway, authority: Authority
) -> None:
    authority.server.verify_mode = ssl.CERT_REQUIRED
    try:
        for _ in range(20):  # it is a race which of its forms arrives
            with use_way(Way(KEY, authority.ca)), pytest.raises(httpx.TransportError):
                PARTS["suite"](url)
    finally:
        authority.server.verify_mode = ssl.CERT_NONE


@pytest.mark.parametrize("part", RENEWING.values(), ids=RENEWING)
@pytest.mark.parametrize("source", ["file", "command"])
def test_a_token_that_runs_out_is_renewed_once(
    part: Part, source: str, url: str, gateway: Gateway, authority: Authority, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text("old-token-0\n", encoding="utf-8")
    printing = f"{shlex.quote(sys.executable)} -c 'print(open(\"{token}\").read())'"
    option = f"x-api-key=file:{token}" if source == "file" else f"x-api-key=command:{printing}"
    way = Way((option,), authority.ca)
    way.check()
    way.headers._read_s -= 60  # it was read a minute ago
    token.write_text("first-key-1\n", encoding="utf-8")
    with use_way(way):
        assert part(url) == 200
        assert part(url) == 200
    assert (gateway.refused, len(gateway.seen)) == (1, 2)


#: A bare socket leaves a refusal to its test: it learns from the others how long tokens live.
EXPIRING = [(name, True) for name in PARTS] + [(name, False) for name in RENEWING]


@pytest.mark.parametrize(("name", "says_so"), EXPIRING)
def test_every_part_goes_on_while_tokens_run_out(
    name: str, says_so: bool, url: str, gateway: Gateway, authority: Authority
) -> None:
    gateway.lives_s = 0.5
    said = f"""printf '{{"token": "%s", "expires_in": 0.5}}' $({PRINT_TOKEN})"""
    command = said if says_so else PRINT_TOKEN
    answers = []
    with use_way(Way((f"x-api-key=command:{command}",), authority.ca)):
        while len(gateway.tokens) < 4 and len(answers) < 2000:
            answers.append(PARTS[name](url))
    assert (len(gateway.tokens), set(answers)) == (4, {200})


def test_a_token_that_stays_wrong_does_not_start_a_command_for_each_request(
    url: str, gateway: Gateway, authority: Authority, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    way = Way((f"x-api-key=command:echo >> {count}; echo wrong-token-1",), authority.ca)
    with use_way(way):
        assert [PARTS["suite"](url) for _ in range(3)] == [401, 401, 401]
    assert count.read_text(encoding="utf-8").count("\n") == 1


def test_a_caller_with_a_header_of_its_own_keeps_it(
    url: str, gateway: Gateway, authority: Authority
) -> None:
    with use_way(Way(("x-api-key=wrong-key-1",), authority.ca)):
        from onceproof.conformance.access.clients import open_sync_client

        with open_sync_client(url, headers={"X-Api-Key": gateway.key}) as client:
            assert client.get("/ok").status_code == 200


@every_part
def test_an_ipv6_literal_is_an_address_like_any_other(part: Part) -> None:
    try:
        running = run_gateway(None, host="::1")
        with running as gateway, use_way(Way(KEY)):
            assert part(f"http://[::1]:{gateway.server_port}{PREFIX}") == 200
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")


# -- proxies ---------------------------------------------------------------------------------


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("name", [name for name in PARTS if name != "stream"])
def test_every_part_takes_the_proxy_for_http(name: str, environment: pytest.MonkeyPatch) -> None:
    with run_proxy() as (proxy, asked):
        environment.setenv("HTTP_PROXY", proxy)
        assert PARTS[name]("http://agents.example:8123/one") == 200
    assert asked == ["GET http://agents.example:8123/one/ok HTTP/1.1"]


@every_part
def test_every_part_tunnels_through_the_proxy_for_https(
    part: Part, gateway: Gateway, authority: Authority, environment: pytest.MonkeyPatch
) -> None:
    where = f"agents.example:{gateway.server_port}"
    with run_proxy() as (proxy, asked), use_way(Way(KEY, authority.ca)):
        environment.setenv("HTTPS_PROXY", proxy)
        assert part(f"https://{where}{PREFIX}") == 200
    assert asked == [f"CONNECT {where} HTTP/1.1"]


@every_part
def test_no_part_takes_a_proxy_to_this_machine(
    part: Part, url: str, authority: Authority, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    with use_way(Way(KEY, authority.ca)):
        assert part(url) == 200


def test_which_proxy_leads_to_a_url(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HTTPS_PROXY", "http://me:p%40ss@proxy:3128")
    environment.setenv("NO_PROXY", "inside.example")
    found = proxy_for("https://agents.example")
    assert found is not None
    assert (found.host, found.port, found.login) == ("proxy", 3128, "Basic bWU6cEBzcw==")
    assert proxy_for("https://agents.inside.example") is None
    assert proxy_for("http://agents.example") is None
    environment.setenv("ALL_PROXY", "socks5://me:hidden@proxy")
    with pytest.raises(UsageError, match=r"'socks5://me:\*\*\*@proxy' .* NO_PROXY"):
        proxy_for("http://agents.example")


# -- files and variables ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"ca": "nowhere.pem"}, "--ca 'nowhere.pem' cannot be used: .*No such file"),
        ({"ca": "text"}, "--ca .* no certificate in PEM form"),
        ({"certificate": "text"}, "--client-certificate .* no certificate and key in PEM form"),
        ({"key": "text"}, "--client-key needs --client-certificate"),
    ],
)
def test_files_that_cannot_be_used_are_refused(
    files: dict[str, Any], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text").write_text("no certificate", encoding="utf-8")
    way = Way(**{name: Path(path) for name, path in files.items()})
    with pytest.raises(UsageError, match=sentence):
        way.check()


def test_a_way_is_handed_to_another_process(authority: Authority) -> None:
    way = Way(("a=env:HOME", "b=command:echo x y"), authority.ca, authority.certificate)
    assert way_of_environment(way.as_environment()) == way
    assert Way().as_environment() == {}
