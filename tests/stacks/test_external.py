"""The user's own servers: every form of URI is taken, and every mistake has its own sentence."""

import asyncio
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from onceproof.conformance.errors import OnceproofError, StackError, UsageError
from onceproof.conformance.stacks import Stack, open_stack, probe, servers
from onceproof.conformance.stacks.binaries import redis_server
from onceproof.conformance.stacks.waiting import wait_until
from tests.stacks.clients import fetch, redis_at

SECRET = "p%40ss"


@pytest.fixture(scope="module")
def login(embedded: Stack) -> dict[str, str]:
    """A role whose password needs encoding, and where the servers are."""
    fetch(embedded.database_uri, "CREATE ROLE owner SUPERUSER LOGIN PASSWORD 'p@ss'")
    postgres, redis = urlsplit(embedded.database_uri), urlsplit(embedded.redis_uri)
    return {
        "pg": f"127.0.0.1:{postgres.port}",
        "pg_port": str(postgres.port),
        "redis": redis.netloc,
    }


def check(database_uri: str, redis_uri: str) -> dict[str, str]:
    environ = {"DATABASE_URI": database_uri, "REDIS_URI": redis_uri}
    with open_stack("external", Path("unused"), environ) as stack:
        assert stack.database_uri == database_uri
        assert stack.redis_uri == redis_uri
        assert stack.levers() is None
        return stack.describe()


@pytest.mark.parametrize(
    "form",
    [
        "postgres://owner:{secret}@{pg}/postgres",
        "postgresql://owner:{secret}@{pg}/postgres",
        "postgresql://owner:{secret}@{pg}/postgres?sslmode=disable",
        "postgresql://owner:{secret}@{pg}/postgres?sslmode=prefer&application_name=x",
        "postgresql://owner:{secret}@/postgres?host=127.0.0.1&port={pg_port}",
        "postgresql:///postgres?host=127.0.0.1:{pg_port}&user=owner&password={secret}",
    ],
)
def test_every_form_of_a_postgres_uri_is_taken(
    embedded: Stack, login: dict[str, str], form: str
) -> None:
    description = check(form.format(secret=SECRET, **login), embedded.redis_uri)
    assert description == {**embedded.describe(), "kind": "external"}


def test_a_postgres_socket_is_taken(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = open_folder / "pg"
    sockets.mkdir()
    sockets.chmod(0o777)
    monkeypatch.setitem(servers._POSTGRES_SETTINGS, "unix_socket_directories", str(sockets))
    with open_stack("embedded", open_folder / "sockets", {}) as stack:
        parts = urlsplit(stack.database_uri)
        login = f"user={parts.username}&password={parts.password}"
        uri = (
            f"postgresql:///postgres?host={quote(str(sockets), safe='')}&port={parts.port}&{login}"
        )
        assert check(uri, stack.redis_uri)["postgres"].startswith("16.")


@pytest.mark.parametrize("form", ["redis://{redis}", "redis://{redis}/3", "redis://{redis}?db=3"])
def test_every_form_of_a_redis_uri_is_taken(
    embedded: Stack, login: dict[str, str], form: str
) -> None:
    assert check(embedded.database_uri, form.format(**login))["redis"]


@pytest.fixture(scope="module")
def guarded_redis(open_folder: Path) -> Iterator[dict[str, str]]:
    """A Redis with a password, on a port and on a socket, and before it one that speaks TLS."""
    folder = open_folder / "redis"
    folder.mkdir()
    port = servers.free_port()
    argv = [str(redis_server()), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    argv += ["--unixsocket", str(folder / "sock"), "--requirepass", "p@ss", "--dir", str(folder)]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    listener = tls_before(port, folder)
    try:
        assert wait_until(lambda: (folder / "sock").exists(), 5)
        tls_port = str(listener.getsockname()[1])
        yield {"port": str(port), "tls_port": tls_port, "socket": str(folder / "sock")}
    finally:
        listener.close()
        process.kill()
        process.wait()


def tls_before(port: int, folder: Path) -> socket.socket:
    """A listening TLS socket that passes each connection on to `port`."""
    kind = ["-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    subprocess.run(
        ["openssl", "req", *kind, "-keyout", folder / "key", "-out", folder / "cert"],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    listener = socket.create_server(("127.0.0.1", 0))

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            writer.write(data)
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(relay, sock=listener, ssl=context)
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    return listener


@pytest.mark.parametrize(
    "form",
    [
        "redis://:p%40ss@127.0.0.1:{port}/1",
        "redis://default:p%40ss@127.0.0.1:{port}/1",
        "unix://{socket}?db=1&password=p%40ss",
        "rediss://:p%40ss@127.0.0.1:{tls_port}/1?ssl_cert_reqs=none&ssl_check_hostname=false",
    ],
)
def test_passwords_sockets_and_tls_are_taken(
    embedded: Stack, guarded_redis: dict[str, str], form: str
) -> None:
    assert check(embedded.database_uri, form.format(**guarded_redis))["redis"]


MISTAKES = {
    "mysql://owner:secret@{pg}/postgres": (UsageError, "cannot be read: its scheme is 'mysql'"),
    "owner:secret@{pg}": (UsageError, "cannot be read: it has no scheme"),
    "postgresql://owner:secret@127.0.0.1:port/x": (UsageError, "host or port is not well formed"),
    "postgresql://owner:sec/secret@{pg}/x": (UsageError, "host or port is not well formed"),
    "postgresql://owner:secret@{pg}/x?sslmode=maybe": (UsageError, "options are not well formed"),
    "postgresql://owner:secret@127.0.0.1:1/x": (StackError, "connection refused; start the server"),
    "postgresql://owner:secret@nowhere.invalid/x": (StackError, "unknown host name"),
    "postgresql:///x?host=/nowhere&password=secret": (StackError, "no such socket"),
    "postgresql://owner:secret@{pg}/postgres": (StackError, "turns the login down"),
    "postgresql://owner:p%40ss@{pg}/absent": (StackError, 'database "absent" does not exist'),
    "postgresql://owner:p%40ss@{pg}/postgres?sslmode=require": (StackError, "SSL"),
}


@pytest.mark.parametrize("uri", MISTAKES)
def test_each_postgres_mistake_has_its_sentence(
    embedded: Stack, login: dict[str, str], uri: str
) -> None:
    kind, words = MISTAKES[uri]
    sentence = refusal(kind, uri.format(**login), embedded.redis_uri)
    assert "DATABASE_URI" in sentence
    assert words in sentence


REDIS_MISTAKES = {
    "http://127.0.0.1": (UsageError, "cannot be read: its scheme is 'http'"),
    "redis://:secret@127.0.0.1:port": (UsageError, "host or port is not well formed"),
    "redis://{redis}/zero": (UsageError, "its path is not a database number"),
    "redis://{redis}/0?timeout=soon": (UsageError, "options are not well formed"),
    "redis://:secret@127.0.0.1:1/0": (StackError, "connection refused; start the server"),
    "redis://nowhere.invalid": (StackError, "unknown host name"),
    "unix:///nowhere": (StackError, "no such socket"),
    "redis://{redis}/4000": (StackError, "out of range"),
    "redis://:secret@127.0.0.1:{port}/0": (StackError, "turns the login down"),
    "redis://127.0.0.1:{port}/0": (StackError, "turns the login down"),
}


@pytest.mark.parametrize("uri", REDIS_MISTAKES)
def test_each_redis_mistake_has_its_sentence(
    embedded: Stack, login: dict[str, str], guarded_redis: dict[str, str], uri: str
) -> None:
    kind, words = REDIS_MISTAKES[uri]
    sentence = refusal(kind, embedded.database_uri, uri.format(**login, **guarded_redis))
    assert "REDIS_URI" in sentence
    assert words in sentence


def refusal(kind: type[OnceproofError], database_uri: str, redis_uri: str) -> str:
    with pytest.raises(OnceproofError) as caught:
        check(database_uri, redis_uri)
    assert type(caught.value) is kind
    sentence = str(caught.value)
    assert "secret" not in sentence
    assert "p%40ss" not in sentence
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("variable", ["DATABASE_URI", "REDIS_URI"])
def test_a_server_that_never_answers_is_given_up(
    embedded: Stack, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setattr(probe, "CONNECT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        uris = {"DATABASE_URI": embedded.database_uri, "REDIS_URI": embedded.redis_uri}
        scheme = uris[variable].partition("://")[0]
        uris[variable] = f"{scheme}://{address}/0"
        with pytest.raises(StackError, match=f"{variable} .*did not answer within 0.3 s"):
            open_stack("external", Path("unused"), uris).start()


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(UsageError, match="needs DATABASE_URI or POSTGRES_URI"):
        open_stack("external", Path("unused"), {"REDIS_URI": "redis://h"}).start()
    with pytest.raises(UsageError, match="needs REDIS_URI in"):
        open_stack("external", Path("unused"), {"POSTGRES_URI": "postgresql://h"}).start()


def test_an_alias_is_taken_and_named(embedded: Stack) -> None:
    environ = {"POSTGRES_URI": "mysql://h", "REDIS_URI": embedded.redis_uri}
    with pytest.raises(UsageError, match=r"^POSTGRES_URI 'mysql://h'"):
        open_stack(None, Path("unused"), environ).start()


def test_without_a_kind_both_variables_decide() -> None:
    both = {"DATABASE_URI": "postgresql://h", "REDIS_URI": "redis://h"}
    assert open_stack(None, Path("unused"), both).kind == "external"
    assert open_stack(None, Path("unused"), {**both, "REDIS_URI": ""}).kind == "embedded"
    assert open_stack(None, Path("unused"), {}).kind == "embedded"
    with pytest.raises(UsageError, match="unknown --stack 'podman'; choose one of embedded"):
        open_stack("podman", Path("unused"), {})


def test_added_databases_are_dropped_and_the_rest_is_left(embedded: Stack) -> None:
    environ = {"DATABASE_URI": embedded.database_uri, "REDIS_URI": embedded.redis_uri}
    with open_stack("external", Path("unused"), environ) as stack:
        added = stack.add_database("borrowed")
        assert fetch(added, "SELECT current_database()") == "borrowed"

    count = "SELECT count(*) FROM pg_database WHERE datname = '{}'"
    assert fetch(embedded.database_uri, count.format("borrowed")) == 0
    assert fetch(embedded.database_uri, count.format("postgres")) == 1
    assert redis_at(embedded.redis_uri).ping()


def test_a_stack_of_nothing_starts_nothing() -> None:
    with open_stack("none", Path("unused"), {}) as stack:
        assert stack.describe() == {"kind": "none"}
        assert (stack.database_uri, stack.redis_uri, stack.levers()) == ("", "", None)
        with pytest.raises(UsageError, match="choose another --stack"):
            stack.add_database("x")
        with pytest.raises(UsageError, match="choose another --stack"):
            stack.redis_number(1)
