"""A private authority, and a server that shows a certificate of it."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.access.gateway import PREFIX, Gateway, run_gateway

trustme = pytest.importorskip("trustme")


@dataclass
class Authority:
    """Files of a private authority: its own certificate, one for a client with its key, and the
    one that servers of it show, with its key in the same file."""

    ca: Path
    certificate: Path
    key: Path
    shown: Path
    server: ssl.SSLContext


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("authority")
    made = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = made.issue_cert("127.0.0.1", "localhost", "::1", "agents.example")
    issued.configure_cert(server)
    client = made.issue_cert("harness@example.com")
    names = ("ca.pem", "client.pem", "client.key", "server.pem")
    files = Authority(*(folder / name for name in names), server=server)
    issued.private_key_and_cert_chain_pem.write_to_path(files.shown)
    made.cert_pem.write_to_path(files.ca)
    client.cert_chain_pems[0].write_to_path(files.certificate)
    client.private_key_pem.write_to_path(files.key)
    made.configure_trust(server)
    return files


@pytest.fixture
def gateway(authority: Authority) -> Iterator[Gateway]:
    authority.server.verify_mode = ssl.CERT_NONE
    with run_gateway(authority.server) as running:
        yield running


@pytest.fixture
def url(gateway: Gateway) -> str:
    return f"https://127.0.0.1:{gateway.server_port}{PREFIX}"
