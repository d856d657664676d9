"""How variations change the head of an answer below HTTP's own library, byte for byte."""

from collections.abc import Callable
from typing import Any

from onceproof.reference_impl.deployment.protocol import BoundedProtocol

START = b"HTTP/1."
END = b"\r\n\r\n"


class _Transport:
    """A transport that changes each head which is written to it."""

    def __init__(self, transport: Any, change: Callable[[bytes], bytes]) -> None:
        self._transport = transport
        self._change = change

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write data, of which a head is all that begins like one."""
        if data.startswith(START):
            head, end, rest = data.partition(END)
            data = self._change(head) + end + rest
        self._transport.write(data)


def change_heads(change: Callable[[bytes], bytes]) -> None:
    """Change the head of every answer: its lines without the empty one that ends it."""
    connect = BoundedProtocol.connection_made

    def through(self: Any, transport: Any) -> None:
        changing: Any = _Transport(transport, change)
        connect(self, changing)

    BoundedProtocol.connection_made = through
