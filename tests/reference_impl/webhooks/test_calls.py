"""One call: to the address that was checked, and over redirects that are checked as well."""

from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import pytest

from onceproof.conformance.witness import Answer, WebhookReceiver
from onceproof.reference_impl.webhooks import policy as module
from onceproof.reference_impl.webhooks.calling import Caller
from onceproof.reference_impl.webhooks.policy import Policy, Refused, UrlPolicy

HERE = UrlPolicy(require_https=False, disable_loopback=False)
FORBIDDEN = "169.254.169.254"


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    caller = Caller(Policy(url=HERE, headers={"x-secret": "s"}), timeout_s=5)
    yield caller
    await caller.close()


def resolve_as(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Names stand for these addresses, one after the other; the names that were asked."""
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Any:
        asked.append(host)
        return [ip_address(answers[min(len(asked), len(answers)) - 1])]

    monkeypatch.setattr(module, "resolve", resolve)
    return asked


def make_url(receiver: WebhookReceiver, name: str) -> str:
    return f"http://{name}:{urlsplit(receiver.url).port}/x"


@pytest.mark.anyio
async def test_the_call_goes_to_the_address_that_was_checked(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second answer would be the rebound one; the name must not be asked again."""
    asked = resolve_as(monkeypatch, "127.0.0.1", FORBIDDEN)
    with WebhookReceiver() as receiver:
        assert await caller.post(make_url(receiver, "hooks.example"), b"{}", {}) == 200
        [delivery] = receiver.deliveries
    assert asked == ["hooks.example"]
    assert delivery.headers["host"].startswith("hooks.example:")


@pytest.mark.anyio
async def test_a_name_that_has_come_to_mean_a_forbidden_address_is_not_called(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve_as(monkeypatch, FORBIDDEN)
    with pytest.raises(Refused, match="link-local"):
        await caller.post("http://hooks.example/x", b"{}", {})


@pytest.mark.anyio
@pytest.mark.parametrize("target", [f"http://{FORBIDDEN}/", "ftp://x/"])
async def test_a_redirect_to_where_no_webhook_may_lead_is_refused(
    caller: Caller, target: str
) -> None:
    with WebhookReceiver(Answer(307, headers={"location": target})) as receiver:
        with pytest.raises(Refused):
            await caller.post(receiver.url, b"{}", {})
        assert len(receiver.deliveries) == 1


@pytest.mark.anyio
async def test_configured_headers_do_not_follow_to_another_origin(caller: Caller) -> None:
    with WebhookReceiver() as last:
        with WebhookReceiver(Answer(302, headers={"location": last.url})) as first:
            assert await caller.post(first.url, b'{"a": 1}', {"webhook-delivery-id": "d"}) == 200
            assert first.deliveries[0].headers["x-secret"] == "s"
        [delivery] = last.deliveries
    assert "x-secret" not in delivery.headers
    assert delivery.headers["webhook-delivery-id"] == "d"
    assert (delivery.method, delivery.body) == ("POST", {"a": 1})


@pytest.mark.anyio
async def test_five_redirects_are_followed_and_no_sixth(caller: Caller) -> None:
    with WebhookReceiver(Answer(308, headers={"location": "/again"})) as circular:
        with pytest.raises(Refused, match="more than 5 times"):
            await caller.post(circular.url, b"{}", {})
        assert len(circular.deliveries) == 6
