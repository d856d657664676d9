"""Which webhooks are admitted, by what they say and by what their names stand for."""

import json
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.webhooks import addresses
from onceproof.reference_impl.webhooks import policy as module
from onceproof.reference_impl.webhooks.policy import Policy, Refused, UrlPolicy

#: What a deployment without a `webhooks` entry has.
OPEN = Policy(url=UrlPolicy(require_https=False))
HERE = UrlPolicy(require_https=False, disable_loopback=False)


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A resolver that knows these names and asks nobody."""
    known = {"hooks.example": "203.0.113.7", "inside.example": "169.254.169.254"}
    real = module.resolve

    async def resolve(host: str, port: int) -> Any:
        if host.endswith(".example"):
            if host not in known:
                raise OSError(f"{host} is unknown")
            return [ip_address(known[host])]
        return await real(host, port)

    monkeypatch.setattr(module, "resolve", resolve)
    return known


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    ["https://hooks.example/x", "http://10.1.2.3:8080/x", "https://not-yet.example/x"],
)
async def test_without_a_policy_what_leads_away_is_admitted(url: str) -> None:
    assert await OPEN.admit(url) == url


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0.0.0.0/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost:8000/",
    ],
)
async def test_loopback_is_refused_in_every_notation_unless_it_is_allowed(url: str) -> None:
    with pytest.raises(Refused, match="is a loopback address"):
        await OPEN.admit(url)
    assert await Policy(url=HERE).admit(url) == url


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://2852039166/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:a9fe:a9fe::]/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
        "http://METADATA.google.internal./",
        "http://inside.example/",
        "http://224.0.0.1/",
    ],
)
async def test_metadata_link_local_and_multicast_are_refused_whatever_is_allowed(url: str) -> None:
    with pytest.raises(Refused):
        await Policy(url=HERE).admit(url)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    ["/x", "//hooks.example/x", "ftp://hooks.example/", "http://", "http://e\x00/", "x", "",
     "http://hooks.example:99999/", "https://" + "\u00fc" * 70 + "/"],
)  # fmt: skip
async def test_what_is_no_absolute_http_url_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        await OPEN.admit(url)


@pytest.mark.parametrize(
    ("limits", "url", "sentence"),
    [
        ({}, "http://hooks.example/", "requires https"),
        ({"allowed_domains": ["*.example"]}, "https://example/", "to example are not"),
        ({"allowed_domains": ["*.example"]}, "https://badexample/", "are not allowed"),
        ({"allowed_domains": ["a.example"]}, "https://b.a.example/", "are not allowed"),
        ({"allowed_ports": [8443]}, "https://hooks.example/", "port 443"),
        ({"max_url_length": 20}, "https://hooks.example/x", "longer than 20"),
    ],
)
def test_a_policy_limits_scheme_domain_port_and_length(
    limits: dict[str, Any], url: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        Policy(url=UrlPolicy(**limits)).check(url)


def test_a_policy_admits_what_is_within_its_limits() -> None:
    limits = UrlPolicy(allowed_domains=["a.example", "*.b.example"], allowed_ports=[443, 8443])
    for url in ("https://A.example/", "https://x.y.b.example:8443/"):
        assert Policy(url=limits).check(url) == url.lower()


@pytest.mark.anyio
async def test_where_webhooks_are_off_none_is_kept_and_none_is_looked_at() -> None:
    assert await Policy(disabled=True).admit("http://127.0.0.1/") is None


def write_and_load(folder: Path, **entries: Any) -> Policy:
    file = folder / "langgraph.json"
    file.write_text(json.dumps({"graphs": {"g": "./g.py:graph"}, **entries}))
    return module.load_policy(file)


def test_https_is_required_once_there_is_a_policy(tmp_path: Path) -> None:
    assert not write_and_load(tmp_path).url.require_https
    assert write_and_load(tmp_path, webhooks={}).url.require_https
    assert write_and_load(tmp_path, http={"disable_webhooks": True}).disabled


def test_headers_are_filled_with_variables_meant_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LG_WEBHOOK_A", "one")
    headers = {"x-a": "${{ env.LG_WEBHOOK_A }} and ${{env.LG_WEBHOOK_A}}"}
    assert write_and_load(tmp_path, webhooks={"headers": headers}).headers == {"x-a": "one and one"}


@pytest.mark.parametrize(
    "webhooks",
    [
        {"headers": {"x": "${{ env.HOME }}"}},
        {"headers": {"x": "${{ env.LG_WEBHOOK_MISSING }}"}},
        {"headers": {"x": "a\nb: c"}},
        {"url": {"allow_domains": ["a.example"]}},
        {"url": {"max_url_length": 0}},
        [],
    ],
)
def test_a_policy_that_cannot_be_meant_stops_the_start(tmp_path: Path, webhooks: Any) -> None:
    with pytest.raises(ConfigError, match="webhooks"):
        write_and_load(tmp_path, webhooks=webhooks)


def test_only_allowed_fields_are_shown() -> None:
    payload = {"run_id": 1, "kwargs": 2}
    assert Policy().filter_payload(payload) == payload
    assert Policy(allowed_fields=["run_id", "x"]).filter_payload(payload) == {"run_id": 1}


OWN = "198.51.100.9"


@pytest.mark.anyio
async def test_the_machines_own_addresses_are_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "_is_own", lambda address: str(address) == OWN)
    with pytest.raises(Refused, match="is an address of the server's own machine"):
        await OPEN.admit(f"http://{OWN}:8000/x")
    assert await Policy(url=HERE).admit(f"http://{OWN}:8000/x")


def test_an_address_is_own_if_an_interface_has_it() -> None:
    assert addresses._is_own(ip_address("127.0.0.1"))
    assert not addresses._is_own(ip_address("203.0.113.7"))


@pytest.mark.anyio
async def test_private_networks_can_be_denied() -> None:
    closed = Policy(url=UrlPolicy(require_https=False, deny_private=True))
    for url in ("http://10.1.2.3:8080/x", "http://192.168.0.7/x", "http://[fd00::1]/x"):
        with pytest.raises(Refused, match="is in a private network"):
            await closed.admit(url)
    assert await OPEN.admit("http://10.1.2.3:8080/x")


@pytest.mark.anyio
@pytest.mark.parametrize(
    "policy, sentence",
    [
        (OPEN, "does not allow paths of its own"),
        (Policy(url=HERE), "has no application of its own"),
    ],
)
async def test_a_path_is_refused_where_nobody_answers_it(policy: Policy, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        await policy.admit("/own/hook")
    assert await Policy(url=HERE, own_app=True).admit("/own/hook") == "/own/hook"
