"""A failure that is known beforehand, listed by a target profile and repeated by every report."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct


class KnownDeviation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A requirement that the server is known to fail, why, and until when that is accepted.

    `intermittent` if it fails by a race, in some runs only.
    """

    id: Annotated[str, Meta(min_length=1)]
    reason: Annotated[str, Meta(min_length=1)]
    link: Annotated[str, Meta(pattern="^https?://")]
    expires: date
    intermittent: bool = False
