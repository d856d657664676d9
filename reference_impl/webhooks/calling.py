"""One webhook call: a POST to an address that was checked, and to those it is redirected to.

The name is asked once, what it stands for is checked, and the connection goes to the address that
was checked, so that a name which changes its meaning in between (DNS rebinding) gains nothing. TLS
still verifies the name.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import httpx

from onceproof.reference_impl.webhooks.addresses import Address
from onceproof.reference_impl.webhooks.policy import Policy, Refused

#: An ASGI application.
Application: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

MAX_REDIRECTS = 5
#: Each is followed by the same POST: a webhook that arrived as a GET would carry nothing.
_REDIRECTS = frozenset({301, 302, 307, 308})


class Caller:
    """Makes calls with the headers of the deployment's policy."""

    def __init__(self, policy: Policy, timeout_s: float, own_app: Application | None = None):
        """`own_app` answers the calls to paths of the deployment's own."""
        self._policy = policy
        self._own_app = own_app
        # A connection is not kept: it was made for one name, and two names may share an address.
        # Nor is a proxy asked, which would look up the name for itself.
        self._client = httpx.AsyncClient(
            timeout=timeout_s, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def post(self, text: str, body: bytes, headers: dict[str, str]) -> int:
        """Send a POST, follow redirects, and return the status of the final answer.

        Raises Refused for what the policy forbids, OSError for a name that does not resolve, and
        httpx.TransportError when there is no answer.
        """
        first = url = self._policy.check(text)
        for _ in range(1 + MAX_REDIRECTS):
            trusted = self._policy.headers if _origin(url) == _origin(first) else {}
            response = await self._send(url, body, {**trusted, **headers})
            target = response.headers.get("location")
            if response.status_code not in _REDIRECTS or target is None:
                return response.status_code
            url = self._policy.check(str(url.join(target)))
        raise Refused(f"the receiver redirected more than {MAX_REDIRECTS} times")

    async def _send_within(
        self, url: httpx.URL, body: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        """Call the deployment's own application in this process."""
        if self._own_app is None:
            raise Refused(f"{str(url)!r} is a path, and this process has no application of its own")
        inside = httpx.ASGITransport(self._own_app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=inside, base_url="http://localhost") as client:
            return await client.post(url, content=body, headers=headers)

    async def _send(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> httpx.Response:
        if not url.host:
            return await self._send_within(url, body, headers)
        unreachable: httpx.ConnectError | None = None
        for address in await self._policy.find_addresses(url):
            try:
                return await self._send_to(address, url, body, headers)
            except httpx.ConnectError as error:
                unreachable = error
        raise unreachable or httpx.ConnectError(f"{url.host} has no address")

    async def _send_to(
        self, address: Address, url: httpx.URL, body: bytes, headers: dict[str, str]
    ) -> httpx.Response:
        """Send to the address in the name's stead; the answer's body is not read."""
        request = self._client.build_request(
            "POST",
            url.copy_with(host=str(address)),
            content=body,
            headers={**headers, "host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        )
        response = await self._client.send(request, stream=True)
        await response.aclose()
        return response


def _origin(url: httpx.URL) -> tuple[str, bytes, int | None]:
    return url.scheme, url.raw_host, url.port
