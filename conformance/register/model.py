"""What a requirement is, and the closed lists its fields are taken from.

The register is the product's constitution: its sentences stand in every report, failure message
and certificate, so a requirement is plain frozen data and every word with a meaning of its own
(level, scope, profile, check) comes from one of the lists below.
"""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

LEVELS = {
    "MUST": "documented in public, and the official client or a documented guarantee breaks without"
    " it; or what is lost, leaks between users or deployments, or breaks a documented limit without"
    " it: a deviation fails the certification",
    "SHOULD": "documented or consistent between implementations: a deviation is reported as a"
    " warning",
    "MAY": "optional: the report says whether it is there",
}

SCOPES = {
    "core": "certified for every target",
    "ext": "certified for targets that claim the feature",
    "plat": "exists on the vendor's platform only and is never certified",
}

PROFILES = {
    "core": "the API itself: system, assistants, threads, state and runs",
    "queue": "background runs: exactly once, in order, cancellable",
    "streaming": "event streams: whole, in order, resumable",
    "memory": "the long-term store",
    "schedules": "crons",
    "hooks": "webhooks",
    "auth": "custom authentication and authorisation",
    "deployment": "configuration, isolation and what is stored where",
    "resilience": "every promise that is proven by breaking something: crash, stall, outage, drain",
    "scale": "several replicas, long queues, overload",
}

CHAPTER_TITLES = {
    "SYS": "System, health and protocol hygiene",
    "AST": "Assistants",
    "THR": "Threads",
    "STA": "State, history, interrupts and time travel",
    "RUN": "Creating and reading runs",
    "MUL": "Double texting",
    "CAN": "Cancellation",
    "QUE": "The background queue and exactly-once",
    "STR": "Streaming",
    "RSM": "Resuming streams, and thread streams",
    "STO": "Store",
    "CRN": "Crons",
    "WHK": "Webhooks",
    "AUT": "Authentication and authorisation",
    "DEP": "Deployment configuration",
    "REP": "Several replicas",
    "SHD": "Graceful shutdown and crash recovery",
    "LIM": "Limits",
    "EXT": "MCP, A2A and the newer event stream",
    "SDK": "The official client",
}

#: Names of the checks over a history. A check's module bears its name, and is not imported here:
#: the register stays free of imports.
CHECKS = (
    "assumptions",
    *sorted(
        path.stem
        for path in (Path(__file__).parents[1] / "checks" / "guarantees").rglob("*.py")
        if path.stem != "__init__"
    ),
)


#: Names of the oracles of field mode, likewise.
ORACLES = tuple(
    sorted(
        path.stem
        for path in (Path(__file__).parents[1] / "field" / "oracles").glob("*.py")
        if path.stem != "__init__"
    )
)

_Text = Annotated[str, Meta(pattern=r"\S")]
_Texts = Annotated[tuple[_Text, ...], Meta(min_length=1)]

#: The keys of a requirement that take several texts.
LISTS = ("sources", "accepted", "checks", "oracles")


class Requirement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence that a server is held to.

    `checks` names the checks whose verdict over a history proves the requirement without further
    ceremony; a promise that needs a situation staged first (a crash, a flush) is proven by tests.
    `oracles` names the questions of field mode that judge it by whatever graph a target hosts.
    `accepted` lists the forms that all pass where public sources contradict each other; a report
    says which one was seen. `untested` is the reason why no certification can judge it, or None.
    """

    id: _Text
    title: _Text
    text: _Text
    level: _Text
    scope: _Text
    profile: _Text
    sources: _Texts
    accepted: _Texts = ()
    checks: _Texts = ()
    oracles: _Texts = ()
    untested: _Text | None = None

    @property
    def chapter(self) -> str:
        """The three letters before the hyphen, a key of `CHAPTER_TITLES`."""
        return self.id.partition("-")[0]

    @property
    def own(self) -> bool:
        """Whether it is an extension of this project's own, and not of the catalogue."""
        return self.id.partition("-")[2].startswith("X")
