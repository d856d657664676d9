"""Whether a load can begin: the server is there, and lets us in.

Every request would fail otherwise, and the account at the end would blame the server.
"""

from collections.abc import Sequence

import orjson

from onceproof.conformance.access import current_way
from onceproof.conformance.access.entrance import READ, describe_refusal, describe_stranger
from onceproof.conformance.errors import TargetError, UsageError
from onceproof.load.connection import Connection, NoAnswer

ASK_S = 10.0


def demand_entrance(hosts: Sequence[str]) -> None:
    """Raise TargetError if no Agent Server answers at a host, UsageError if it refuses us."""
    for host in hosts:
        connection = Connection(host, None, ASK_S)
        try:
            _demand(host, connection)
        except NoAnswer as error:
            raise TargetError(
                f"nothing answers at {host!r}: {error}; start the server or correct the address"
            ) from error
        finally:
            connection.close()


def _demand(host: str, connection: Connection) -> None:
    statuses = [connection.exchange("GET", path).status for path in ("/ok", "/info")]
    if stranger := describe_stranger(statuses[0], statuses[1]):
        raise TargetError(f"{host!r}: {stranger[0]}; {stranger[1]}")
    path, body = READ
    status = connection.exchange("POST", path, orjson.dumps(body)).status
    if refusal := describe_refusal(status, current_way().headers.names):
        advice = refusal[1].replace("--header", "ONCEPROOF_HEADERS with")
        raise UsageError(f"{host!r}: {refusal[0]}; {advice}")
