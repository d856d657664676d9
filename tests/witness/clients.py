"""Plain HTTP clients."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

Say = Callable[..., tuple[int, dict[str, Any]]]


def fetch(url: str, body: bytes | None, method: str = "POST") -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(url, body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def raw(url: str, data: bytes) -> bytes:
    """Send bytes and read until the server closes the connection."""
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))
