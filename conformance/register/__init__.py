"""The requirements as data: what is demanded of a server, in one sentence each."""

from onceproof.conformance.register.loader import chapters, get_requirement, load_register, select
from onceproof.conformance.register.lock import digest
from onceproof.conformance.register.model import (
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
    "get_requirement",
    "load_register",
    "select",
]
