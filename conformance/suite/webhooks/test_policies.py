"""The deployment decides where webhooks may lead, and which fields they may send."""

import pytest

from onceproof.conformance.register.marker import requirement
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.assertions import expect_refusal, same
from onceproof.conformance.suite.kit.reads import Observed
from onceproof.conformance.suite.kit.scene import Scene
from onceproof.conformance.suite.kit.verdicts import not_judged
from onceproof.conformance.suite.webhooks.policies import (
    FIELDS,
    TOKEN,
    PolicyResults,
    play,
    try_create,
)
from onceproof.conformance.wire.client import Api
from onceproof.conformance.wire.handles import new_nonce
from onceproof.conformance.wire.runs import Runs
from onceproof.conformance.witness import Delivery, WebhookReceiver

#: The longest URL according to the documentation, and according to the schema.
LONGEST = (4_096, 65_536)


@pytest.fixture(scope="module")
def scene(receiver: WebhookReceiver, session: Session) -> Scene[PolicyResults]:
    return Scene("WHK-11", lambda: play(session))


@requirement("WHK-09")
@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.1.1:8080",
        "[fe80::1]",
        "[::ffff:169.254.169.254]",
        "metadata.google.internal",
    ],
)
async def test_metadata_and_link_local_addresses_are_always_refused(
    runs: Runs, api: Api, receiver: WebhookReceiver, host: str
) -> None:
    body = {
        "assistant_id": "echo",
        "input": {"nonce": new_nonce()},
        "webhook": f"http://{host}/latest",
        "after_seconds": 600,
    }
    expect_refusal(await api.post(f"/threads/{await runs.new_thread()}/runs", json=body), 422)


@requirement("WHK-09")
async def test_by_default_a_policy_requires_https_and_forbids_loopback(
    scene: Scene[PolicyResults],
) -> None:
    statuses = dict((await scene()).strict)
    same("status for an address elsewhere", statuses.pop("https"), 200)
    same("the other statuses", statuses, dict.fromkeys(statuses, 422))


@requirement("WHK-11", "LIM-09")
async def test_domains_ports_and_length_are_limited(scene: Scene[PolicyResults]) -> None:
    statuses = dict((await scene()).limited)
    same("status for what is allowed", statuses.pop("an allowed URL"), 200)
    same("the other statuses", statuses, dict.fromkeys(statuses, 422))


@requirement("WHK-11")
async def test_configured_headers_are_sent_with_their_variables(
    scene: Scene[PolicyResults],
) -> None:
    call = _get_allowed_call(await scene())
    sent = {name: call.headers.get(name) for name in ("x-fixed", "x-token")}
    same("headers", sent, {"x-fixed": "as configured", "x-token": f"Bearer {TOKEN}"})


def _get_allowed_call(played: PolicyResults) -> Delivery:
    call = played.allowed_call
    assert call is not None, "no call came to an allowed URL"
    return call


@requirement("WHK-11")
async def test_only_allowed_fields_are_told(scene: Scene[PolicyResults]) -> None:
    call = _get_allowed_call(await scene())
    same("fields", sorted(call.body), sorted(FIELDS))


@requirement("WHK-12")
async def test_a_redirect_to_where_webhooks_may_not_lead_is_not_followed(
    scene: Scene[PolicyResults],
) -> None:
    played = await scene()
    same("calls at a port that is not allowed", played.strays, [])
    if not played.redirected:
        not_judged("no call came that could be redirected, which WHK-11 judges")


@requirement("WHK-03")
async def test_a_run_that_took_too_long_is_told_as_such(scene: Scene[PolicyResults]) -> None:
    same("status in the call", (await scene()).timed_out, "timeout")


@requirement("WHK-10")
async def test_no_call_is_made_when_webhooks_are_off(
    scene: Scene[PolicyResults], observe: Observed
) -> None:
    played = await scene()
    same("calls", played.unwanted, [])
    if played.allowed_call is None:
        not_judged("no call came while webhooks were on either, which WHK-11 judges")
    observe(f"creation of a run with a webhook while webhooks are off: {played.off}")


@requirement("LIM-09")
async def test_a_url_that_is_too_long_is_refused(
    runs: Runs, api: Api, receiver: WebhookReceiver, observe: Observed
) -> None:
    statuses = {}
    for longest in LONGEST:
        url = f"{receiver.url}/".ljust(longest + 1, "x")
        statuses[longest] = await try_create(api, url)
    same(f"status for more than {LONGEST[-1]} characters", statuses[LONGEST[-1]], 422)
    limit = next(longest for longest in LONGEST if statuses[longest] == 422)
    observe(f"longest webhook URL: at most {limit} characters")
