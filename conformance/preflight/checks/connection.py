"""Whether a connection comes about, with TLS if the URL says so."""

import asyncio
import ssl
import time

from onceproof.conformance.access.sockets import Door
from onceproof.conformance.preflight.finding import Finding, Outcome
from onceproof.conformance.preflight.visit import ASK_S, Visit

PLACE = 20


async def ask(visit: Visit) -> Finding:
    """Answer with the protocol and how long it took, or with why there is no connection."""
    door, began = Door(visit.url), time.monotonic()
    try:
        async with asyncio.timeout(ASK_S):
            _, writer = await door.open()
    except ssl.SSLCertVerificationError as error:
        return Finding(
            Outcome.REFUSES,
            f"its certificate is not trusted ({error.verify_message})",
            "name its authority by --ca FILE",
        )
    except ssl.SSLError as error:
        return Finding(
            Outcome.UNREACHABLE,
            f"no TLS comes about ({error.reason})",
            "try http:// in --url, or give the certificate it asks for by --client-certificate",
        )
    except (OSError, TimeoutError) as error:
        why = getattr(error, "strerror", None) or str(error) or f"no answer in {ASK_S:g} s"
        return Finding(
            Outcome.UNREACHABLE, f"no connection ({why})", "start the server or correct --url"
        )
    spoken = writer.get_extra_info("ssl_object")
    writer.close()
    protocol = spoken.version() if spoken is not None else "no TLS"
    return Finding(Outcome.OK, f"{protocol}, {1000 * (time.monotonic() - began):.0f} ms")
