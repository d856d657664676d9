"""A deployment by URL: reached or refused in one sentence, identified by what it publishes."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.targets import Replica, UrlTarget

PAGES: dict[str, object] = {}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = PAGES.get(self.path, 404)
        self.send_response(page if isinstance(page, int) else 200)
        self.end_headers()
        self.wfile.write(json.dumps(page).encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    PAGES.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_identity_is_observed(url: str) -> None:
    PAGES.update({"/ok": {"ok": True}, "/info": {"version": "0.9"}, "/openapi.json": {"paths": {}}})
    target = UrlTarget([url + "/"])
    target.start()

    identity = target.identity()

    assert target.urls == [url]
    assert target.replicas == [Replica("api-1", "all", url, url)]
    assert target.levers is None
    assert (identity["kind"], identity["strength"]) == ("url", "observed")
    assert (identity["url"], identity["version"]) == (url, "0.9")
    assert len(identity["openapi_sha256"]) == 64


@pytest.mark.parametrize(
    "change", [{"/info": {"version": "1.0"}}, {"/openapi.json": {"paths": {"/new": {}}}}]
)
def test_the_fingerprint_changes_with_what_the_server_publishes(
    url: str, change: dict[str, object]
) -> None:
    PAGES.update({"/ok": 200, "/info": {"version": "0.9"}, "/openapi.json": {"paths": {}}})
    first, same, other = UrlTarget([url]), UrlTarget([url]), UrlTarget([url])
    first.start()
    same.start()
    PAGES.update(change)
    other.start()
    assert first.identity()["fingerprint"] == same.identity()["fingerprint"]
    assert first.identity()["fingerprint"] != other.identity()["fingerprint"]


@pytest.mark.parametrize("pages", [{"/info": {"version": "1"}}, {"/ok": 401}, {"/ok": 200}])
def test_a_server_without_all_pages_or_behind_a_login_is_there(
    url: str, pages: dict[str, object]
) -> None:
    PAGES.update(pages)
    target = UrlTarget([url])
    target.start()
    assert target.identity()["openapi_sha256"] is None


def test_a_server_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(TargetError, match=r"not as an Agent Server \(/ok 404, /info 404\)"):
        UrlTarget([url]).start()


def test_one_of_several_that_is_down_is_named(url: str) -> None:
    PAGES["/ok"] = 200
    down = "http://127.0.0.1:1"
    with pytest.raises(TargetError, match=f"nothing answers at --url '{down}': connection refused"):
        UrlTarget([url, down]).start()


def test_an_unknown_host_is_named_without_its_password() -> None:
    target = UrlTarget(["http://user:secret@nowhere.invalid"])
    with pytest.raises(TargetError, match=r"nowhere.invalid': unknown host name") as caught:
        target.start()
    assert "secret" not in str(caught.value)
    assert "secret" not in str(target.identity())


def test_a_silent_server_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TargetError, match="no answer in time"):
            UrlTarget([url], probe_s=0.2).start()


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    PAGES["/ok"] = 200
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    UrlTarget([url]).start()


@pytest.mark.parametrize("url", ["", "localhost:8123", "ftp://host", "http://", "http://h:port"])
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is not a base URL; write it like http://"):
        UrlTarget([url])


def test_no_url_at_all_is_refused() -> None:
    with pytest.raises(UsageError, match="--url is empty"):
        UrlTarget([])
