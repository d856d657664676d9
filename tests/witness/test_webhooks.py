"""The webhook receiver: what it keeps, how it answers, how it is waited for."""

import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest

from onceproof.conformance.witness import Answer, WebhookReceiver, WitnessTimeout
from tests.witness.clients import fetch, raw


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as receiver:
        yield receiver


def test_a_delivery_is_kept_as_it_arrived(receiver: WebhookReceiver) -> None:
    headers = {"X-Signature": "abc", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{receiver.url}/hook?a=1", b'{"run_id": "r"}', headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.status == 200

    (delivery,) = receiver.wait()
    assert (delivery.method, delivery.path, delivery.answered) == ("POST", "/hook?a=1", 200)
    assert (delivery.body, delivery.raw) == ({"run_id": "r"}, b'{"run_id": "r"}')
    assert delivery.headers["x-signature"] == "abc"
    assert 0 < time.monotonic_ns() - delivery.t < 5e9


def test_a_body_that_is_no_json_is_kept_raw(receiver: WebhookReceiver) -> None:
    fetch(receiver.url, b"<xml/>")

    (delivery,) = receiver.deliveries
    assert (delivery.body, delivery.raw) == (None, b"<xml/>")


def test_answers_follow_the_script_and_the_last_one_repeats() -> None:
    with WebhookReceiver(503, Answer(429, headers={"retry-after": "1"}), 200) as receiver:
        statuses = [fetch(receiver.url, b"{}")[0] for _ in range(4)]

        assert statuses == [503, 429, 200, 200]
        assert [delivery.answered for delivery in receiver.deliveries] == statuses


def test_an_answer_carries_the_headers_of_its_script() -> None:
    with WebhookReceiver(Answer(302, headers={"location": "/moved"}), 204) as receiver:
        request = b"POST /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

        assert b"HTTP/1.1 302 Found\r\n" in (answer := raw(receiver.url, request))
        assert b"location: /moved\r\n" in answer
        assert raw(receiver.url, request).endswith(b"\r\n\r\n")  # 204 has no body


def test_a_late_answer_holds_back_neither_the_record_nor_other_deliveries() -> None:
    with WebhookReceiver(Answer(delay_s=30), 200) as receiver:

        def deliver() -> None:
            with pytest.raises(OSError):
                fetch(receiver.url, b"1")

        slow = threading.Thread(target=deliver)
        slow.start()
        receiver.wait(1, timeout_s=5)
        assert fetch(receiver.url, b"2")[0] == 200
        assert [delivery.body for delivery in receiver.wait(2, timeout_s=5)] == [1, 2]
        receiver.stop()
        slow.join(5)
        assert not slow.is_alive()


def test_a_chunked_and_expected_body_arrives_whole(receiver: WebhookReceiver) -> None:
    answer = raw(
        receiver.url,
        b"POST /a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\nconnection: close\r\n"
        b"transfer-encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n",
    )

    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert receiver.deliveries[0].body == [1, 2]


def test_a_request_for_another_protocol_is_refused(receiver: WebhookReceiver) -> None:
    answer = raw(
        receiver.url,
        b"POST /a HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: h2c\r\n"
        b"content-length: 2\r\n\r\n{}",
    )

    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert receiver.deliveries == []


def test_a_wait_in_vain_says_how_many_came(receiver: WebhookReceiver) -> None:
    fetch(receiver.url, b"{}")

    with pytest.raises(WitnessTimeout, match=r"waited 0\.05 s for 2 webhook deliveries .* saw 1$"):
        receiver.wait(2, timeout_s=0.05)


@pytest.mark.anyio
async def test_coroutines_wait_too(receiver: WebhookReceiver) -> None:
    timer = threading.Timer(0.1, fetch, [receiver.url, b"{}"])
    timer.start()
    assert len(await receiver.async_wait(timeout_s=5)) == 1
    timer.join()


def test_a_receiver_that_is_started_again_has_its_address_and_deliveries_still() -> None:
    receiver = WebhookReceiver()
    receiver.start()
    url = receiver.url
    fetch(url, b"1")
    receiver.stop()
    with receiver:
        assert receiver.url == url
        fetch(url, b"2")
        assert [delivery.raw for delivery in receiver.deliveries] == [b"1", b"2"]
