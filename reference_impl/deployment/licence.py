"""The licence key: authenticated once when a process starts, and never asked for again.

no key      nothing is sent; this server needs no licence
`lcl_...`   authenticated with the beacon, which also gets the usage reports (see usage.py)
any other   a key for air-gapped use: nothing leaves the machine
"""

import asyncio
import logging

import httpx

from onceproof.reference_impl.errors import LicenceRefused
from onceproof.reference_impl.settings import Settings

log = logging.getLogger(__name__)

ONLINE = "lcl_"
VERIFY = "/v1/beacon/verify"
TRIES = 3
ANSWER_S = 10.0


def is_online(settings: Settings) -> bool:
    """Return whether the deployment talks to a beacon at all."""
    return (settings.licence_key or "").startswith(ONLINE)


async def authenticate(settings: Settings) -> None:
    """Return when the beacon accepts the key or need not be asked; raise LicenceRefused."""
    if not is_online(settings):
        return
    url = settings.beacon.rstrip("/") + VERIFY
    async with httpx.AsyncClient(timeout=ANSWER_S) as client:
        answer = await _ask_beacon(client, url, settings.licence_key or "")
    if not answer.is_success:
        raise LicenceRefused(
            f"LANGGRAPH_CLOUD_LICENSE_KEY: {url} answered {answer.status_code}; "
            "correct the key, or ask whoever issued it"
        )
    log.info("the licence key was accepted by %s", url)


async def _ask_beacon(client: httpx.AsyncClient, url: str, key: str) -> httpx.Response:
    """The beacon's answer. A call that got none, or a server error, is repeated a few times."""
    problem = ""
    for pause_s in [0.5 * number for number in range(TRIES)]:
        await asyncio.sleep(pause_s)
        try:
            answer = await client.post(url, json={"license": key})
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = str(error) or "no answer in time"
            continue
        if not answer.is_server_error:
            return answer
        problem = f"status {answer.status_code}"
    raise LicenceRefused(
        f"LANGGRAPH_BEACON_ENDPOINT: {url} did not answer ({problem}), so the licence key was not "
        "authenticated; allow this connection, or use a key for air-gapped deployments"
    )
