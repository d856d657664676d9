"""The table of commands, places of secrets and ways to end; each row is run and looked at."""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from onceproof.conformance.errors import FAILED, HARNESS, INTERRUPTED, UNAVAILABLE, USAGE
from tests.secrets.canaries import canary, find_leaks
from tests.secrets.ground import (
    CRASHES,
    HERE,
    INHERITED,
    PASSWORD,
    REFERENCE,
    Databases,
    Files,
)
from tests.secrets.watched import ONCEPROOF, watch


@dataclass(frozen=True)
class Ground:
    """What there is for a row: addresses, databases, files, and the folder of its run."""

    hostile: str
    nobody: str
    databases: Databases
    files: Files
    run: Path


#: The words of a command, of what there is.
Words = Callable[[Ground], Sequence[str]]


@dataclass(frozen=True)
class Row:
    """One command, where its secrets stand, how it ends, and with which statuses it may."""

    command: str
    places: str
    ending: str
    statuses: Sequence[int]
    words: Words
    environ: Mapping[str, str] = field(default_factory=dict)
    #: What it says before it is interrupted.
    interrupt_at: str = ""

    def __str__(self) -> str:
        return f"{self.command} | {self.places} | {self.ending}"


ONE = ("--only", "SYS-0", "--lanes", "1")
VARIABLES = "inherited variables"
HEADERS = "headers: literal, env:, file:, command:; user info"


def on(g: Ground, postgres: str = "", store: str = "") -> list[str]:
    """An external stack for a reference server of one process."""
    d = g.databases
    uris = ("--database-uri", postgres or d.postgres, "--redis-uri", store or d.redis)
    return ["--command", REFERENCE, "--api-replicas", "1", "--worker-replicas", "1", *uris]


def behind(g: Ground) -> list[str]:
    """The hostile server behind everything that a header can be."""
    return [
        *("--url", f"http://me:{PASSWORD}@{g.hostile}"),
        *("--header", f"x-api-key={canary('header')}"),
        *("--header", "x-env=env:GATE_TOKEN", "--header", f"x-file=file:{g.files.token}"),
    ]


def started(command: str) -> Words:
    """A server that is started, without a stack, with secrets among its variables."""
    return lambda g: [
        *("--command", command, "--stack", "none", "--env", f"DB_PASSWORD={canary('db')}"),
        *("--env", f"SENTRY_DSN=https://{canary('dsn').replace('/', '')}@host/1"),
    ]


def at_run(words: Words, *more: str) -> Words:
    """The same, with the run's folder."""
    return lambda g: [*words(g), "--run-dir", str(g.run), *more]


def as_pytest(words: Words) -> Words:
    """The same options as pytest calls them."""
    return lambda g: [re.sub("^--", "--onceproof-", word) for word in words(g)]


def lever(g: Ground) -> list[str]:
    """Levers that need secrets of the harness's environment, and say them."""
    words = [f"{name}=echo $GATE_TOKEN {{replica}}" for name in ("kill", "start")]
    return [word for each in words for word in ("--lever", each)]


BRIEFLY = ("--minutes", "0.05", "--drain-s", "5")
GATE = {"GATE_TOKEN": canary("environment"), **INHERITED}
BROKEN = {**GATE, "PYTHONPATH": str(HERE / "broken")}
LOCUSTFILE = HERE.parents[1] / "load" / "locustfile.py"
IN_FIELD = ("--assistant", "agent")

CERTIFY = (
    Row(
        "certify",
        f"{HEADERS}; levers",
        "normal",
        [FAILED],
        at_run(lambda g: [*behind(g), *lever(g)], *ONE),
        GATE,
    ),
    Row("certify", f"URIs; {VARIABLES}", "normal", [12], at_run(on, *ONE), GATE),
    Row(
        "certify",
        f"--env; {VARIABLES}",
        "target crashes at its start",
        [UNAVAILABLE],
        at_run(started(f"{CRASHES} start"), *ONE),
        GATE,
    ),
    Row(
        "certify",
        f"--env; {VARIABLES}",
        "target crashes in the middle",
        [FAILED, 12],
        at_run(started(CRASHES), *ONE),
        GATE,
    ),
    Row(
        "certify",
        f"--env; {VARIABLES}",
        "crashes in two lanes",
        [UNAVAILABLE],
        at_run(started(f"{CRASHES} start"), "--lanes", "2", "--load-seconds", "0"),
        GATE,
    ),
    Row(
        "certify",
        "DATABASE_URI",
        "wrong password",
        [UNAVAILABLE],
        at_run(lambda g: on(g, postgres=g.databases.wrong_postgres), *ONE),
    ),
    Row(
        "certify",
        "REDIS_URI",
        "wrong password",
        [UNAVAILABLE],
        at_run(lambda g: on(g, store=g.databases.wrong_redis), *ONE),
    ),
    Row(
        "certify",
        "DATABASE_URI",
        "unreachable",
        [UNAVAILABLE],
        at_run(lambda g: on(g, postgres=f"postgresql://u:{PASSWORD}@{g.nobody}/d"), *ONE),
    ),
    Row(
        "certify",
        "REDIS_URI",
        "unreachable",
        [UNAVAILABLE],
        at_run(lambda g: on(g, store=f"redis://:{PASSWORD}@{g.nobody}/0"), *ONE),
    ),
    Row(
        "certify",
        "DATABASE_URI, malformed",
        "refused",
        [USAGE, UNAVAILABLE],
        at_run(lambda g: on(g, postgres=f"postgresql://u:{canary('raw')}@{g.nobody}/d"), *ONE),
    ),
    Row(
        "certify",
        "REDIS_URI, malformed",
        "refused",
        [USAGE, UNAVAILABLE],
        at_run(lambda g: on(g, store=f"redis://:{canary('raw')}@{g.nobody}/d"), *ONE),
    ),
    Row(
        "certify",
        "user info",
        "unreachable",
        [UNAVAILABLE],
        at_run(lambda g: ["--url", f"http://me:{PASSWORD}@{g.nobody}"], *ONE),
    ),
    Row(
        "certify",
        "query of --url",
        "refused",
        [USAGE],
        at_run(lambda g: ["--url", f"http://{g.nobody}/?api_key={PASSWORD}"], *ONE),
    ),
    Row(
        "certify",
        HEADERS,
        "Ctrl-C",
        [INTERRUPTED],
        at_run(behind, "--only", "S", "--lanes", "1"),
        GATE,
        interrupt_at="running the suite",
    ),
    Row(
        "certify",
        f"--env; {VARIABLES}",
        "Ctrl-C",
        [INTERRUPTED],
        at_run(started(f"{CRASHES}"), "--load-seconds", "0"),
        GATE,
        interrupt_at="running the suite",
    ),
    Row("certify", HEADERS, "harness fails", [HARNESS], at_run(behind, *ONE), BROKEN),
    Row(
        "certify",
        HEADERS,
        "harness fails, traceback printed",
        [HARNESS],
        at_run(behind, *ONE),
        {**BROKEN, "ONCEPROOF_DEBUG": "1"},
    ),
)
APPS = (
    Row(
        "certify --app",
        ".env, --input, --context, --config",
        "normal",
        [FAILED, 11, 12, 0],
        at_run(
            lambda g: ["--app", str(g.files.app), *g.files.field, "--max-runs", "4"],
            *("--api-replicas", "1"),
        ),
        INHERITED,
    ),
    Row(
        "certify --app",
        f".env; {VARIABLES}",
        "application crashes as it is loaded",
        [USAGE, UNAVAILABLE],
        at_run(lambda g: ["--app", str(g.files.app), *g.files.field]),
        {**INHERITED, "CRASH_AT_IMPORT": "1"},
    ),
    Row(
        "certify, field mode",
        f"{HEADERS}; --input, --context, --config",
        "hostile target",
        [USAGE, UNAVAILABLE, FAILED, 11],
        at_run(lambda g: [*behind(g), *IN_FIELD, *g.files.field, "--suite-seconds", "0"]),
        GATE,
    ),
    Row(
        "serve --app",
        f".env; {VARIABLES}",
        "Ctrl-C",
        [INTERRUPTED],
        at_run(lambda g: ["--app", str(g.files.app)]),
        INHERITED,
        interrupt_at="Ctrl-C stops it",
    ),
    Row(
        "serve --app",
        f".env; {VARIABLES}",
        "application crashes as it is loaded",
        [USAGE, UNAVAILABLE],
        at_run(lambda g: ["--app", str(g.files.app)]),
        {**INHERITED, "CRASH_AT_IMPORT": "1"},
    ),
)
OTHERS = (
    Row(
        "chaos",
        f"--env; {VARIABLES}",
        "target crashes at its start",
        [UNAVAILABLE],
        at_run(started(f"{CRASHES} start"), "--fault", "worker-killed"),
        GATE,
    ),
    Row(
        "chaos",
        f"--env; {VARIABLES}",
        "target crashes in the middle",
        [FAILED, 11, UNAVAILABLE],
        at_run(started(CRASHES), "--fault", "worker-killed", *BRIEFLY),
        GATE,
    ),
    Row(
        "chaos",
        f"{HEADERS}; levers",
        "hostile target",
        [UNAVAILABLE, FAILED, 11],
        at_run(lambda g: [*behind(g), *lever(g), "--exclusive"], *BRIEFLY),
        GATE,
    ),
    Row(
        "bench",
        VARIABLES,
        "target crashes at its start",
        [UNAVAILABLE],
        at_run(lambda g: ["--command", f"{CRASHES} start", "--stack", "none"]),
        GATE,
    ),
    Row(
        "bench",
        HEADERS,
        "refused",
        [USAGE, UNAVAILABLE, HARNESS],
        at_run(behind, "--exclusive"),
        GATE,
    ),
    Row("doctor", HEADERS, "hostile target", [0, USAGE, UNAVAILABLE], behind, GATE),
    Row(
        "doctor",
        f"URIs; {HEADERS}",
        "hostile target",
        [0, USAGE, UNAVAILABLE],
        lambda g: [
            *behind(g),
            *("--database-uri", g.databases.postgres, "--redis-uri", g.databases.redis),
        ],
        GATE,
    ),
    Row(
        "doctor",
        "URIs",
        "wrong passwords",
        [0, USAGE, UNAVAILABLE],
        lambda g: [
            *behind(g),
            *("--database-uri", g.databases.wrong_postgres),
            *("--redis-uri", g.databases.wrong_redis),
        ],
        GATE,
    ),
    Row(
        "doctor",
        "URIs, user info",
        "unreachable",
        [UNAVAILABLE],
        lambda g: [
            *("--url", f"http://me:{PASSWORD}@{g.nobody}"),
            *("--database-uri", f"postgresql://u:{PASSWORD}@{g.nobody}/d"),
            *("--redis-uri", f"redis://:{PASSWORD}@{g.nobody}/0"),
        ],
    ),
    Row("clean", HEADERS, "hostile target", [FAILED, USAGE, UNAVAILABLE], behind, GATE),
    Row(
        "serve",
        f"DATABASE_URI, REDIS_URI; {VARIABLES}",
        "Ctrl-C",
        [INTERRUPTED],
        at_run(lambda g: ["--stack", "external"]),
        INHERITED,
        interrupt_at="Ctrl-C stops it",
    ),
    Row(
        "serve",
        "DATABASE_URI",
        "wrong password",
        [UNAVAILABLE],
        at_run(lambda g: ["--stack", "external"]),
        {"WRONG": "1"},
    ),
)

#: Not commands of ours, but ways to use its parts.
PLAIN = (
    Row(
        "pytest",
        HEADERS,
        "normal, -vv -l",
        [1],
        lambda g: [
            *(
                "--pyargs",
                "onceproof.conformance.suite.system",
                "-vv",
                "-l",
                "-p",
                "no:cacheprovider",
            ),
            *("--onceproof-only", "SYS-0", f"--junitxml={g.run}.xml"),
            *as_pytest(at_run(behind))(g),
        ],
        GATE,
    ),
    Row(
        "pytest",
        f"--env; {VARIABLES}",
        "target crashes at its start",
        [UNAVAILABLE],
        lambda g: [
            *("--pyargs", "onceproof.conformance.suite.system", "-p", "no:cacheprovider"),
            *as_pytest(at_run(started(f"{CRASHES} start")))(g),
        ],
        GATE,
    ),
    Row(
        "locust",
        "headers, user info",
        "hostile target",
        [1, USAGE, UNAVAILABLE],
        lambda g: [
            *("-f", str(LOCUSTFILE), "--headless", "-u", "2", "-t", "2s"),
            *("--host", f"http://me:{PASSWORD}@{g.hostile}"),
        ],
        {**GATE, "ONCEPROOF_HEADERS": f"x-api-key={canary('header')}"},
    ),
    Row(
        "locust",
        "headers, user info",
        "unreachable",
        [1, USAGE, UNAVAILABLE],
        lambda g: [
            *("-f", str(LOCUSTFILE), "--headless", "-u", "2", "-t", "2s"),
            *("--host", f"http://me:{PASSWORD}@{g.nobody}"),
        ],
        {**GATE, "ONCEPROOF_HEADERS": f"x-api-key={canary('header')}"},
    ),
)
ROWS = (*CERTIFY, *APPS, *OTHERS, *PLAIN)


def run_row(row: Row, ground: Ground, folder: Path) -> list[str]:
    """Run it in an empty folder, check how it ends, and return what leaked."""
    ground = replace(ground, run=folder / "run")
    environ = dict(row.environ)
    if row.statuses == [HARNESS]:
        environ["TMPDIR"] = str(folder)  # where the traceback is kept
    if row.command == "serve":
        databases = ground.databases
        wrong = environ.pop("WRONG", None)
        environ["DATABASE_URI"] = databases.wrong_postgres if wrong else databases.postgres
        environ["REDIS_URI"] = databases.redis
    first = row.command.replace(",", " ").split()[0]
    program = [sys.executable, "-m", first] if row in PLAIN else [*ONCEPROOF, first]
    ended = watch([*program, *row.words(ground)], environ, folder, row.interrupt_at)
    leaks = [*ended.find_leaks(), *find_leaks(folder)]
    print(f"\n| {row} | {ended.status} | {len(leaks)} |")
    assert ended.status in row.statuses, ended.output.decode(errors="replace")[-1500:]
    return leaks
