"""Which webhooks a client may name: the `webhooks` and `http` entries of `langgraph.json`.

Without a `webhooks` entry any http or https URL may be called that leads away from the server's
own machine; with one, https is required unless it says otherwise.
"""

import asyncio
import contextlib
import os
import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from onceproof.reference_impl.config import read, section
from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.webhooks.addresses import (
    Address,
    explain_address,
    explain_name,
    resolve,
)

_PORTS = {"http": 80, "https": 443}
_TEMPLATE = re.compile(r"\$\{\{\s*env\.(\w+)\s*\}\}")


#: How long a client may have to wait for the name in its webhook to be looked up.
LOOK_UP_S = 1.0


class Refused(Exception):
    """The URL may not be called; the sentence says why."""


class UrlPolicy(BaseModel):
    """Where webhooks may lead.

    `disable_loopback` false allows the server's own machine and paths of its own application,
    `deny_private` true forbids private networks.
    """

    model_config = ConfigDict(extra="forbid")

    require_https: bool = True
    allowed_domains: list[str] | None = None
    allowed_ports: list[int] | None = None
    max_url_length: Annotated[int, Field(ge=1)] = 4096
    disable_loopback: bool = True
    deny_private: bool = False

    def explain(self, address: Address) -> str | None:
        """Explain why this address may not be called; None if it may."""
        return explain_address(
            address, loopback=not self.disable_loopback, private=not self.deny_private
        )


class Policy(BaseModel):
    """What a deployment allows and adds to webhooks.

    `headers` are sent with each call; a value may hold `${{ env.NAME }}` for a variable whose
    name begins with `env_prefix`. `allowed_fields` are those of the payload that are sent.
    `own_app` says whether there is an application of the deployment's own, to whose paths webhooks
    may lead where loopback is allowed.
    """

    model_config = ConfigDict(extra="forbid")

    url: UrlPolicy = UrlPolicy()
    headers: dict[str, str] = {}
    env_prefix: str = "LG_WEBHOOK_"
    allowed_fields: list[str] | None = None
    disabled: bool = False
    own_app: bool = False

    async def admit(self, text: str) -> str | None:
        """Check and return the webhook of a run to be accepted; None if webhooks are disabled.

        Raises Refused. A host name that does not resolve yet may do so when the run has ended.
        """
        if self.disabled:
            return None
        url = self.check(text)
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(LOOK_UP_S):
                await self.find_addresses(url)
        return text

    def check(self, text: str) -> httpx.URL:
        """Parse the URL and check what can be checked without a look-up; raises Refused."""
        if len(text) > self.url.max_url_length:
            raise Refused(f"the URL is longer than {self.url.max_url_length} characters")
        try:
            url = httpx.URL(text)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Refused(f"{text[:80]!r} is not a URL: {error}") from None
        if not url.scheme and not url.host and text.startswith("/"):
            return self._check_path(url)
        if url.scheme not in _PORTS or not url.host or not 0 < port_of(url) < 65_536:
            raise Refused(f"{text[:80]!r} must be an absolute URL, with http or https")
        if fault := self._fault(url):
            raise Refused(fault)
        return url

    async def find_addresses(self, url: httpx.URL) -> list[Address]:
        """Resolve the URL's host now; raises Refused for an address that may not be called.

        The caller must connect to one of these: a second look-up may lead to another machine.
        Raises OSError when the name does not resolve at the moment.
        """
        if not url.host:
            return []
        found = await resolve(url.raw_host.decode("ascii"), port_of(url))
        for address in found:
            if fault := self.url.explain(address):
                raise Refused(fault)
        return found

    def _check_path(self, url: httpx.URL) -> httpx.URL:
        """A path of the deployment's own application, which is called within the process."""
        if self.url.disable_loopback:
            raise Refused(
                f"{str(url)[:80]!r} must be an absolute URL: this deployment does not allow paths "
                "of its own"
            )
        if not self.own_app:
            raise Refused(
                f"{str(url)[:80]!r} is a path, and this deployment has no application of its own"
            )
        return url

    def filter_payload(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of the payload that may leave the deployment."""
        fields = self.allowed_fields
        return {k: v for k, v in payload.items() if fields is None or k in fields}

    def _fault(self, url: httpx.URL) -> str | None:
        host, limits = url.raw_host.decode("ascii").rstrip(".").lower(), self.url
        if limits.require_https and url.scheme != "https":
            return "this deployment requires https for webhooks"
        if limits.allowed_domains and not any(_within(host, d) for d in limits.allowed_domains):
            return f"webhooks to {host} are not allowed in this deployment"
        if limits.allowed_ports and port_of(url) not in limits.allowed_ports:
            return f"webhooks to port {port_of(url)} are not allowed in this deployment"
        return explain_name(host) or self._explain_address_literal(host)

    def _explain_address_literal(self, host: str) -> str | None:
        try:
            address = ip_address(host)
        except ValueError:
            return None
        return self.url.explain(address)


def port_of(url: httpx.URL) -> int:
    """Return the URL's port, or its scheme's if it has none."""
    return url.port or _PORTS[url.scheme]


def load_policy(config_path: Path) -> Policy:
    """Load the policy of a deployment; ConfigError says what is wrong with its configuration."""
    http = section(config_path, "http")
    disabled, own_app = bool(http.get("disable_webhooks")), bool(http.get("app"))
    entry = read(config_path).get("webhooks")
    if entry is None:
        return Policy(url=UrlPolicy(require_https=False), disabled=disabled, own_app=own_app)
    try:
        policy = Policy.model_validate({**entry, "disabled": disabled, "own_app": own_app})
    except (ValidationError, TypeError) as error:
        raise ConfigError(f"{config_path}: 'webhooks': {error}") from None
    headers = {name: _fill_in(value, policy.env_prefix) for name, value in policy.headers.items()}
    for name, value in headers.items():
        if not (name + value).isascii() or not (name + value).isprintable():
            raise ConfigError(f"webhooks.headers: {name!r} may hold printable ASCII only")
    return policy.model_copy(update={"headers": headers})


def _fill_in(value: str, prefix: str) -> str:
    """A header's value with its variables put in; only those meant for webhooks are."""

    def variable(match: re.Match[str]) -> str:
        name = match[1]
        if not name.startswith(prefix) or name not in os.environ:
            raise ConfigError(
                f"webhooks.headers: {name!r} must be set as a variable and begin with {prefix!r}"
            )
        return os.environ[name]

    return _TEMPLATE.sub(variable, value)


def _within(host: str, domain: str) -> bool:
    """Whether the host is the domain, or below it where the domain begins with `*.`."""
    domain = domain.lower()
    return host.endswith(domain[1:]) if domain.startswith("*.") else host == domain
