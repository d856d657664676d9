"""What a command that prints a token may say beside it: how long it lives. Pure, but for the clock.

TOKEN                                              nothing
{"access_token": TOKEN, "expires_in": 300}         seconds, as OAuth 2 says it
{"token": TOKEN, "expires_at": "2027-01-31T..."}   a moment, in ISO 8601 or seconds since 1970
{"status": {"token": TOKEN, "expirationTimestamp": "2027-..."}}    as plug-ins of kubectl do
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_TOKENS = ("access_token", "token", "id_token", "accessToken")
_SECONDS = ("expires_in",)
_MOMENTS = ("expires_at", "expirationTimestamp", "expiresOn", "expiry")


@dataclass(frozen=True)
class Reading:
    """A value, and for how many seconds it lives; None if nothing says so."""

    text: str
    lives_s: float | None = None


def read_token(printed: str) -> Reading:
    """Return the token that a command printed; what is no such JSON is the token itself."""
    try:
        said = json.loads(printed)
    except ValueError:
        return Reading(printed)
    if isinstance(said, dict) and isinstance(said.get("status"), dict):
        said = said["status"]
    token = _find(said, _TOKENS) if isinstance(said, dict) else None
    return Reading(token, _read_life(said)) if isinstance(token, str) else Reading(printed)


def _find(said: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((said[name] for name in names if said.get(name)), None)


def _read_life(said: Mapping[str, object]) -> float | None:
    seconds, moment = _find(said, _SECONDS), _find(said, _MOMENTS)
    try:
        if isinstance(seconds, (int, float, str)):
            return max(0.0, float(seconds))
        return None if moment is None else max(0.0, _read_moment(moment) - time.time())
    except ValueError:
        return None


def _read_moment(moment: object) -> float:
    if isinstance(moment, (int, float)):
        return float(moment)
    parsed = datetime.fromisoformat(str(moment))
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
