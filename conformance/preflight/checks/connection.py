"""Whether a connection comes about, with TLS if the URL says so."""

import asyncio
import os
import ssl
import time

from onceproof.conformance.access.sockets import Door
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.visit import ASK_S, Visit

PLACE = 20
#: What OpenSSL calls a certificate that is out of date, or made for another host or address.
_EXPIRED, _FOR_ANOTHER = 10, (62, 64)


async def ask(visit: Visit) -> Finding:
    """Answer with the protocol and how long it took, or with why there is no connection."""
    door, began = Door(visit.url), time.monotonic()
    try:
        async with asyncio.timeout(ASK_S):
            _, writer = await door.open()
    except ssl.SSLCertVerificationError as error:
        return _distrust(error, door.host)
    except ssl.SSLError as error:
        return Finding(
            Outcome.UNREACHABLE,
            f"TLS fails ({_name(error)})",
            "try http:// in --url, or give the certificate it asks for by --client-certificate",
        )
    except TimeoutError:
        said = f"no connection comes about within {ASK_S:g} s"
        return Finding(
            Outcome.UNREACHABLE, said, "correct --url, or see which firewall is in between"
        )
    except OSError as error:
        why = os.strerror(error.errno).lower() if error.errno else str(error)
        return Finding(
            Outcome.UNREACHABLE, f"no connection ({why})", "start the server, or correct --url"
        )
    spoken = writer.get_extra_info("ssl_object")
    writer.close()
    protocol = f"with {spoken.version()}" if spoken is not None else "without TLS"
    return Finding(Outcome.OK, f"made in {1000 * (time.monotonic() - began):.0f} ms, {protocol}")


def _distrust(error: ssl.SSLCertVerificationError, host: str) -> Finding:
    if error.verify_code in _FOR_ANOTHER:
        said = f"its certificate is not made for {host}"
        return Finding(Outcome.REFUSES, said, "write a host name into --url that it is made for")
    if error.verify_code == _EXPIRED:
        return Finding(Outcome.REFUSES, "its certificate has expired", "have it renewed")
    said = f"its certificate is not trusted ({error.verify_message})"
    return Finding(Outcome.REFUSES, said, "name the authority that issued it by --ca FILE")


def _name(error: ssl.SSLError) -> str:
    return str(error.reason or error).replace("_", " ").lower()
