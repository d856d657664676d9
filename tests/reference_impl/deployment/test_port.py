"""A port that is in use is told before anything else is started."""

import socket

import pytest

from onceproof.reference_impl.deployment.port import listen, reserve_port
from onceproof.reference_impl.errors import EX_CONFIG, EX_TEMPFAIL, CannotStart


def test_a_port_on_which_somebody_listens_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotStart, match=f"--port {port}: another process listens") as refusal:
            reserve_port("127.0.0.1", port)
    assert refusal.value.exit_status == EX_TEMPFAIL


def test_of_two_that_reserved_one_port_the_second_that_listens_is_refused() -> None:
    one = reserve_port("127.0.0.1", 0)
    other = reserve_port("127.0.0.1", one.getsockname()[1])
    with one, other:
        listen(one)
        with pytest.raises(CannotStart, match="another process listens"):
            listen(other)


@pytest.mark.parametrize("host, port", [("192.0.2.1", 0), ("127.0.0.1", 70_000), ("a..b", 80)])
def test_a_place_that_is_not_of_this_machine_is_refused(host: str, port: int) -> None:
    with pytest.raises(CannotStart, match="take an address and a port of this machine") as refusal:
        reserve_port(host, port)
    assert refusal.value.exit_status == EX_CONFIG
