"""The options that describe the target: one table for the command line, for pytest and for lanes.

From a `TargetOption` are made the option of `onceproof certify` and of the other commands that
name it, the option of the pytest plugin, the arguments that a lane or a replayed chaos receives,
and the names of options in messages. The command line says `--url` where pytest, whose options
belong to every plugin and every project, says `--onceproof-url`.

The names of pytest's options before they had that prefix are not registered: a project that has a
`--only` or a `--stack` of its own must start with this package installed. In a session that runs
the suite they are rewritten, see `rewrite_old_names`.
"""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from onceproof.conformance.stacks.kinds import STACKS

PREFIX = "--onceproof-"

Kind = Literal["text", "many", "number", "rate", "flag", "stack", "path"]


@dataclass(frozen=True)
class TargetOption:
    """An option that fills `field` of `Options`.

    `commands` of the command line have it by the name `flag`, and pytest called it `old` once.
    """

    field: str
    flag: str
    kind: Kind
    help: str
    commands: tuple[str, ...] = ("certify",)
    metavar: str | None = None
    default: int | None = None
    old: str = ""

    @property
    def click_name(self) -> str:
        return f"--{self.flag}"

    @property
    def pytest_name(self) -> str:
        return f"{PREFIX}{self.flag}"

    @property
    def old_name(self) -> str:
        return f"--{self.old or self.flag}"

    def pytest_settings(self) -> dict[str, Any]:
        """Return the keyword arguments with which pytest registers it."""
        settings: dict[str, Any] = {"help": for_pytest(self.help), "metavar": self.metavar}
        if self.kind == "text":
            settings |= {"type": demand_text}
        elif self.kind == "many":
            settings |= {"action": "append", "default": [], "type": demand_text}
        elif self.kind == "stack":
            settings = {"help": for_pytest(self.help), "choices": tuple(STACKS)}
        elif self.kind == "number":
            settings |= {"type": int, "default": self.default}
        elif self.kind == "rate":
            settings |= {"type": float}
        elif self.kind == "flag":
            settings = {"help": for_pytest(self.help), "action": "store_true"}
        elif self.kind == "path":
            settings |= {"type": lambda text: Path(demand_text(text))}
        return settings


def demand_text(text: str) -> str:
    """Return a text that is not empty; ArgumentTypeError for one that is."""
    if not text.strip():
        raise ArgumentTypeError("it is given, but empty: write a value or leave it out")
    return text


_STARTERS = ("certify", "bench", "chaos")
_ASKERS = (*_STARTERS, "doctor", "clean")

TARGET_OPTIONS = (
    TargetOption(
        "urls",
        "url",
        "many",
        "A running server; again for each replica.",
        _ASKERS,
        "[NAME=]URL",
        old="target-url",
    ),
    TargetOption(
        "headers",
        "header",
        "many",
        "A header of every request to the server; again for each. VALUE may be env:VARIABLE, "
        "file:PATH or command:COMMAND, which are read again when the server answers 401.",
        _ASKERS,
        "NAME=VALUE",
    ),
    TargetOption(
        "ca",
        "ca",
        "path",
        "Certificates (PEM) of the authorities to trust, in place of the usual ones.",
        _ASKERS,
        "FILE",
    ),
    TargetOption(
        "client_certificate",
        "client-certificate",
        "path",
        "A certificate (PEM) to show to the server; its key may be in the same file.",
        _ASKERS,
        "FILE",
    ),
    TargetOption(
        "client_key", "client-key", "path", "The key of --client-certificate.", _ASKERS, "FILE"
    ),
    TargetOption(
        "command",
        "command",
        "text",
        "A command that starts a server; {port}, {role}, {python}, {probes} (the folder of the "
        "langgraph.json to host) and {slots} are filled in.",
        _STARTERS,
        "COMMAND",
        old="target-command",
    ),
    TargetOption(
        "worker_command",
        "worker-command",
        "text",
        "Starts a worker beside --command; without {port} it is up while its process lives.",
        metavar="COMMAND",
    ),
    TargetOption(
        "target_profile",
        "target-profile",
        "text",
        "Facts about the target: timings, how it starts, known deviations. A TOML file, or one "
        "of those included: reference, langgraph-dev, langgraph-js, aegra, graphharbor, langrove.",
        _STARTERS,
        "NAME|FILE",
    ),
    TargetOption(
        "image",
        "image",
        "text",
        "A container image of a server; --command is then the command of its containers.",
        metavar="IMAGE",
        old="target-image",
    ),
    TargetOption(
        "env",
        "env",
        "many",
        "A variable for a server started here; again for each. Without a value it is passed on.",
        ("certify", "chaos"),
        "NAME[=VALUE]",
        old="target-env",
    ),
    TargetOption(
        "platform",
        "levers",
        "text",
        "Where the server runs already: compose:PROJECT or kubernetes:NAMESPACE/SELECTOR, whose "
        "replicas are found, and can be killed, paused and started there.",
        _ASKERS,
        "PLATFORM:PLACE",
    ),
    TargetOption(
        "levers",
        "lever",
        "many",
        "With --url: a command that breaks or mends a replica, such as kill='... {replica}'; "
        "again for each of kill, pause, resume, terminate, start, alive, log, pids, host.",
        ("certify", "chaos"),
        metavar="NAME=COMMAND",
        old="target-lever",
    ),
    TargetOption(
        "workers",
        "worker",
        "many",
        "With --url: a replica that serves no API; those of the URLs are api-1, api-2, ... or "
        "have the name of --url NAME=URL.",
        ("certify", "chaos"),
        metavar="NAME",
        old="target-worker",
    ),
    TargetOption(
        "exclusive",
        "exclusive",
        "flag",
        "Nobody else uses the server of --url: tests may also cancel, prune and delete what others "
        "made, stop its processes, fill its queue, and load it.",
        _STARTERS,
    ),
    TargetOption(
        "max_rate",
        "max-rate",
        "rate",
        "At most so many requests a second, of suite and load together.",
        (*_STARTERS, "clean"),
        "N",
    ),
    TargetOption(
        "database_uri",
        "database-uri",
        "text",
        "Postgres of the target; read, never broken.",
        ("certify", "doctor"),
        metavar="URI",
    ),
    TargetOption(
        "redis_uri",
        "redis-uri",
        "text",
        "Redis of the target; looked at, and emptied only with --may-flush-redis.",
        ("certify", "doctor"),
        metavar="URI",
    ),
    TargetOption(
        "may_flush_redis",
        "may-flush-redis",
        "many",
        "Tests may EMPTY the whole Redis that is not ours, if each of its keys is like GLOB; again "
        "for each. With a server at --url that needs --exclusive, too.",
        metavar="GLOB",
    ),
    TargetOption(
        "witness_address",
        "witness-address",
        "text",
        "Address of this machine under which the server reaches the harness.  [default: "
        "127.0.0.1; with --image the gateway of its network]",
        ("certify", "chaos", "doctor"),
        metavar="ADDRESS",
    ),
    TargetOption(
        "stack",
        "stack",
        "stack",
        "Postgres and Redis for a server started here.  [default: external if DATABASE_URI and "
        "REDIS_URI are set, else embedded, or containers with --image; none with --url]",
        (*_STARTERS, "serve"),
    ),
    TargetOption(
        "run_dir",
        "run-dir",
        "path",
        "Folder of this run: its history, data and logs.",
        (*_STARTERS, "serve"),
        "DIR",
    ),
    TargetOption(
        "api_replicas",
        "api-replicas",
        "number",
        "API processes to start.  [default: 2, or 1 of a command without {role}]",
        ("certify", "chaos"),
    ),
    TargetOption(
        "worker_replicas",
        "worker-replicas",
        "number",
        "Worker processes to start.",
        ("certify", "chaos"),
        default=2,
    ),
)

#: Not of the target, but of `certify` and of pytest alike.
ONLY = TargetOption(
    "only", "only", "many", "Only requirements whose id starts with ID.", metavar="ID"
)

ALL_OPTIONS = (*TARGET_OPTIONS, ONLY)
_BY_CLICK_NAME = {option.click_name: option for option in ALL_OPTIONS}


def fields_of(command: str) -> tuple[str, ...]:
    """Return the fields of `Options` that this command of the command line fills."""
    return tuple(option.field for option in TARGET_OPTIONS if command in option.commands)


def for_pytest(sentence: str) -> str:
    """Return a sentence with the options as pytest calls them: --onceproof-url for --url."""
    return re.sub(
        r"(?<![\w-])--[a-z]+(-[a-z]+)*",
        lambda found: (
            _BY_CLICK_NAME[found[0]].pytest_name if found[0] in _BY_CLICK_NAME else found[0]
        ),
        sentence,
    )
