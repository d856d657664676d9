"""The `http` section of langgraph.json, or LANGGRAPH_HTTP in its place: every key, or a refusal.

    {"http": {"mount_prefix": "/agents", "disable_store": true, "app": "./webapp.py:app",
              "cors": {"allow_origins": ["https://example.com"]},
              "configurable_headers": {"includes": ["x-tenant-*"]}}}

A key that this server does not know ends the start: an operator who restricts something by a
misspelt word must not find it open.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    ValidationError,
    model_validator,
)

from onceproof.reference_impl.config import section
from onceproof.reference_impl.core.context import is_clients
from onceproof.reference_impl.errors import ConfigError
from onceproof.reference_impl.settings import Settings

log = logging.getLogger(__name__)

#: Credentials reach neither graphs nor logs, whatever a pattern says.
_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "x-api-key", "cookie"})


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Headers(_Part):
    """Request headers by name, in which `*` stands for anything; what is excluded stays out."""

    includes: Sequence[str] | None = Field(
        None, validation_alias=AliasChoices("includes", "include")
    )
    excludes: Sequence[str] | None = Field(
        None, validation_alias=AliasChoices("excludes", "exclude")
    )

    def select(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return the headers that are included, by their names in lower case."""
        named = ((name.lower(), value) for name, value in headers)
        return {name: value for name, value in named if self._takes(name)}

    def _takes(self, name: str) -> bool:
        if name in _CREDENTIALS or not is_clients(name):
            return False
        return _matches(name, self.includes) and not _matches(name, self.excludes)


class Cors(_Part):
    """Which pages of other origins may call. Without the section any may, without credentials."""

    allow_origins: list[str] = []
    allow_origin_regex: str | None = None
    allow_methods: list[str] = ["*"]
    allow_headers: list[str] = ["*"]
    allow_credentials: bool = False
    expose_headers: list[str] = []
    max_age: NonNegativeInt = 600

    @model_validator(mode="after")
    def _keep_credentials_from_anybody(self) -> "Cors":
        if self.allow_credentials and "*" in self.allow_origins:
            log.warning(
                "http.cors: allow_credentials is left out, since allow_origins has '*': "
                "name the origins whose pages may send credentials"
            )
            self.allow_credentials = False
        return self


class HttpSection(_Part):
    """The section. `disable_webhooks` is read by the policy of webhooks."""

    mount_prefix: str = ""
    app: str | None = None
    disable_assistants: bool = False
    disable_threads: bool = False
    disable_runs: bool = False
    disable_store: bool = False
    disable_meta: bool = False
    disable_mcp: bool = False
    disable_a2a: bool = False
    disable_ui: bool = False
    disable_webhooks: bool = False
    cors: Cors | None = None
    configurable_headers: Headers | None = None
    logging_headers: Headers | None = None
    middleware_order: Literal["middleware_first", "auth_first"] | None = None
    enable_custom_route_auth: bool = False

    @property
    def groups_off(self) -> frozenset[str]:
        """The groups of routes that are switched off."""
        values: Mapping[str, object] = self.model_dump()
        return frozenset(
            name.removeprefix("disable_")
            for name, value in values.items()
            if name.startswith("disable_") and value
        )


def load_http_section(settings: Settings) -> HttpSection:
    """Read the section; ConfigError names each key that cannot be used."""
    found = section(settings.config_path, "http")
    try:
        read = HttpSection.model_validate({k: v for k, v in found.items() if v is not None})
    except ValidationError as error:
        raise ConfigError(f"langgraph.json: {_explain(error)}") from None
    read.mount_prefix = (settings.mount_prefix or read.mount_prefix).rstrip("/")
    if read.mount_prefix and not read.mount_prefix.startswith("/"):
        raise ConfigError(
            f"MOUNT_PREFIX or http.mount_prefix: {read.mount_prefix!r} must begin with '/'"
        )
    if settings.cors_allow_origins is not None and read.cors is None:
        origins = [each.strip() for each in settings.cors_allow_origins.split(",")]
        read.cors = Cors(allow_origins=[each for each in origins if each])
    return read


def _explain(error: ValidationError) -> str:
    parts = []
    for item in error.errors()[:8]:
        where = ".".join(["http", *map(str, item["loc"])])
        unknown = item["type"] == "extra_forbidden"
        parts.append(f"{where}: {'this server knows no such key' if unknown else item['msg']}")
    return "; ".join(parts)


def _matches(name: str, patterns: Sequence[str] | None) -> bool:
    return any(fnmatchcase(name, pattern.lower()) for pattern in patterns or ())
