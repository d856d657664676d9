"""What a pytest session is told of its target: one table, read by the session and by its lanes.

A lane is a pytest session of its own that must hear exactly what the first one heard. With the
options in one table nothing can be told to the one and forgotten for the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from onceproof.conformance.stacks import STACKS


class Given(NamedTuple):
    """An option of a pytest session: the field of `Options` it fills, and how pytest has it."""

    field: str
    name: str
    about: dict[str, Any]


def many(metavar: str, about: str) -> dict[str, Any]:
    """How pytest has an option that may be given again."""
    return {"action": "append", "default": [], "metavar": metavar, "help": about}


def words(told: Iterable[tuple[str, object]]) -> list[str]:
    """A command line of options and their values: each of a tuple, and none for None."""
    found: list[str] = []
    for name, value in told:
        for one in value if isinstance(value, tuple) else (value,):
            found += [] if one is None else [name, str(one)]
    return found


#: What names the target, for a session and for each lane of it.
TARGET = (
    Given(
        "urls",
        "--target-url",
        many("URL", "base URL of a running server; give it again for each further replica"),
    ),
    Given(
        "command",
        "--target-command",
        {
            "metavar": "COMMAND",
            "help": "command that starts a server; {port}, {role} and {python} are filled in",
        },
    ),
    Given(
        "image",
        "--target-image",
        {
            "metavar": "IMAGE",
            "help": "container image of a server; --target-command is then its container's command",
        },
    ),
    Given(
        "env",
        "--target-env",
        many(
            "NAME[=VALUE]",
            "variable for a server that is started here; again for each further one",
        ),
    ),
    Given(
        "levers",
        "--target-lever",
        many(
            "NAME=COMMAND",
            "command that breaks or mends a replica of a running server; {replica} is filled in",
        ),
    ),
    Given(
        "workers",
        "--target-worker",
        many(
            "NAME",
            "replica of a running server that serves no API; again for each further one",
        ),
    ),
    Given(
        "database_uri", "--database-uri", {"metavar": "URI", "help": "the Postgres of the server"}
    ),
    Given(
        "redis_uri",
        "--redis-uri",
        {"metavar": "URI", "help": "the Redis of the server: tests empty it"},
    ),
    Given(
        "witness_address",
        "--witness-address",
        {
            "metavar": "ADDRESS",
            "help": "address of this machine under which the server reaches the harness",
        },
    ),
    Given(
        "stack",
        "--stack",
        {
            "choices": tuple(STACKS),
            "help": "Postgres and Redis for a server that is started here",
        },
    ),
    Given(
        "target_profile",
        "--target-profile",
        {
            "metavar": "NAME|FILE",
            "help": "what is known of the target: a shipped profile or a TOML file",
        },
    ),
    Given(
        "api_replicas",
        "--api-replicas",
        {"type": int, "help": "API processes to start (2; 1 of a command without {role})"},
    ),
    Given(
        "worker_replicas",
        "--worker-replicas",
        {"type": int, "default": 2, "help": "worker processes to start"},
    ),
)
