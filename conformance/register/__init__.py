"""The requirements as data: what is demanded of a server, in one sentence each."""

from conformance.register.loader import chapters, known, load, select
from conformance.register.lock import digest
from conformance.register.model import (
    CHAPTER_TITLES,
    CHECKS,
    LEVELS,
    PROFILES,
    SCOPES,
    Requirement,
)

__all__ = [
    "CHAPTER_TITLES",
    "CHECKS",
    "LEVELS",
    "PROFILES",
    "SCOPES",
    "Requirement",
    "chapters",
    "digest",
    "known",
    "load",
    "select",
]
