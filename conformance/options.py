"""What a certification is asked to do, however it was asked: command line, pytest, or a test."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from onceproof.conformance.access import Way
from onceproof.conformance.access.headers import register_header
from onceproof.conformance.access.sources import parse_header
from onceproof.conformance.errors import UsageError
from onceproof.conformance.probes import CONFIG
from onceproof.conformance.run_folder import claim_folder
from onceproof.conformance.secrets import HIDDEN, SECRETS
from onceproof.conformance.secrets.documents import register_variables
from onceproof.conformance.secrets.find import register_words
from onceproof.conformance.stacks import default_kind
from onceproof.conformance.stacks.ports import is_ours
from onceproof.conformance.targets.addresses import parse_urls
from onceproof.conformance.targets.base import ReplicaCounts
from onceproof.conformance.targets.kinds import KINDS, choose_kind
from onceproof.conformance.targets.platforms import survey
from onceproof.conformance.targets.platforms.found import Found
from onceproof.conformance.targets.probe_folder import export_probes
from onceproof.conformance.targets.profile import REFERENCE, TargetProfile, load_profile
from onceproof.conformance.targets.shell import parse_levers
from onceproof.conformance.targets.template import check_counts

#: Where runs are kept when no folder is named, below the working directory.
RUNS = Path("onceproof-runs")


@dataclass(frozen=True)
class Options:
    """The target, the stack beneath it, and where the record goes.

    `urls` names a target that runs already; `image` or `command` one to start, and with both the
    command is the container's; none of them is the reference server. `env` are variables for a
    target that is started here, as NAME=VALUE, or NAME for one that `environ` has. Where the
    harness listens for the target is `witness_address`. `levers` (NAME=COMMAND) give control over
    what runs already, and `workers` the names of its processes without an address. Of a `platform`
    (see `targets.platforms`) all this is `found` by itself.

    `headers` (NAME=VALUE, see `conformance.access`) go with every request to the target; `ca` is
    trusted in place of the usual authorities, and `client_certificate` is shown with `client_key`.
    A login in `urls` becomes a header, too.

    `exclusive` says that nobody else uses a target that runs already, `may_flush_redis` are
    patterns of all keys that a Redis of others may lose, and `max_rate` bounds requests a second.

    `stack` None lets the environment decide (see `conformance.stacks.open_stack`); the two URIs
    name an external one.

    `target_profile` names the facts about the target (see `conformance.targets.profile`): what is
    left out here is taken from it, and waits and verdicts follow from its timings. Without one the
    target is taken to have those of the reference server, and receives them if it is started here.
    """

    urls: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    ca: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    command: str | None = None
    worker_command: str | None = None
    image: str | None = None
    env: tuple[str, ...] = ()
    witness_address: str | None = None
    platform: str | None = None
    levers: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()
    database_uri: str | None = None
    redis_uri: str | None = None
    stack: str | None = None
    run_dir: Path | None = None
    api_replicas: int | None = None
    worker_replicas: int = 2
    target_profile: str | None = None
    exclusive: bool = False
    may_flush_redis: tuple[str, ...] = ()
    max_rate: float | None = None
    profile: TargetProfile = field(init=False)
    found: Found | None = field(init=False, default=None)
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def __post_init__(self) -> None:
        if self.urls and self.command:
            raise UsageError("--url and --command exclude each other: name one target")
        self._refuse_contradictions()
        object.__setattr__(self, "profile", load_profile(self.target_profile or REFERENCE))
        if not (self.urls or self.platform):
            self._take_from_profile()
        self._register_secrets()
        self._take_login()
        self._look_at_platform()
        _ = self.way.context
        parse_levers(self.levers)

    @property
    def is_exclusive(self) -> bool:
        """Whether nobody else uses the target: so it is of one that is started here."""
        return self.exclusive or not self.urls

    @property
    def way(self) -> Way:
        """How every part of the harness gets in at the target."""
        return Way(self.headers, self.ca, self.client_certificate, self.client_key)

    def _take_login(self) -> None:
        """Take the login out of the URLs: no URL anywhere holds it, and a header has it."""
        parsed = parse_urls(self.urls)
        object.__setattr__(self, "urls", tuple(each.option for each in parsed))
        logins = {each.login for each in parsed if each.login}
        if len(logins) > 1:
            raise UsageError("--url names several logins: one goes to all of them")
        for login in logins:
            if any(source.name == "authorization" for source in map(parse_header, self.headers)):
                raise UsageError("--url has a login, and --header authorization another: drop one")
            object.__setattr__(self, "headers", (*self.headers, f"authorization={login}"))
            register_header(login)

    def _look_at_platform(self) -> None:
        """Take from what runs there how it is reached, and how it reaches us."""
        if self.platform is None:
            return
        found = survey(self.platform, self.urls, self.workers)
        object.__setattr__(self, "found", found)
        object.__setattr__(self, "urls", found.urls)
        object.__setattr__(self, "witness_address", self.witness_address or found.witness_address)

    def _register_secrets(self) -> None:
        """Let nothing that is written hold what was given here, or what the target inherits."""
        words = [f"--env={name}={value}" for name, value in self.resolve_env().items()]
        headers = [f"--header={option}" for option in self.headers]
        texts = (
            self.command,
            self.worker_command,
            *self.levers,
            *self.urls,
            self.database_uri,
            self.redis_uri,
        )
        register_words(SECRETS, [*words, *headers, *(text for text in texts if text)])
        register_variables(SECRETS, self.environ)

    def _refuse_contradictions(self) -> None:
        check_counts(
            ReplicaCounts(
                1 if self.api_replicas is None else self.api_replicas, self.worker_replicas
            )
        )
        if self.witness_address and not is_ours(self.witness_address):
            raise UsageError(
                f"--witness-address {self.witness_address!r} is none of this machine's addresses: "
                "name the one under which the target reaches this machine"
            )
        if self.platform and (self.image or self.command):
            raise UsageError(
                "--levers is for a server that runs already: drop it, or --command and --image"
            )
        if self.urls and self.image:
            raise UsageError("--url and --image exclude each other: name one target")
        if self.image and self.stack == "embedded":
            raise UsageError(
                "--stack embedded listens where a container does not reach it: take containers, "
                "external or none with --image"
            )
        if (self.levers or self.workers) and not (self.urls or self.platform):
            raise UsageError(
                "--lever and --worker are for a target given by --url or --levers: onceproof "
                "already controls a target that it starts itself"
            )
        if (self.database_uri or self.redis_uri) and self.stack not in (None, "external"):
            raise UsageError(
                "--database-uri and --redis-uri are a stack of their own: "
                f"drop --stack {self.stack}"
            )

    def _take_from_profile(self) -> None:
        start = self.profile.start
        object.__setattr__(self, "stack", self.stack or start.stack)
        if self.image:
            return
        object.__setattr__(self, "command", self.command or start.command)
        worker_command = self.worker_command or start.worker_command
        object.__setattr__(self, "worker_command", worker_command)
        if worker_command and not self.command:
            raise UsageError("--worker-command starts workers beside --command: add that")
        if self.command is None and self.profile.name != REFERENCE:
            raise UsageError(
                f"--target-profile {self.target_profile!r} names no command that starts the "
                "server: add --url, --image or --command"
            )

    @property
    def lease_ms(self) -> int:
        """How long a silent worker of the target keeps its run."""
        return self.profile.timings.lease_ms

    @property
    def sweep_ms(self) -> int:
        """How often the target looks for runs without a worker."""
        return self.profile.timings.sweep_ms

    def settings(self, folder: Path) -> dict[str, str]:
        """Return the environment of a target that is started here, with its files in `folder`.

        One that is given the folder of the probes gets a copy: such servers keep their state there,
        and would find that of others.
        """
        commands = (self.command or "", self.worker_command or "", self.profile.start.first or "")
        texts = (*commands, *self.profile.start.env.values())
        copied = any("{probes}" in text for text in texts)
        copied = copied or any(self.profile.start.left_out)
        config = self.probes_in(folder / "probes") if copied else CONFIG
        return {**self.profile.environment(config), **self.resolve_env()}

    def probes_in(self, folder: Path) -> Path:
        """Copy the probes into `folder` and return their langgraph.json, as the target takes it."""
        return export_probes(folder, *self.profile.start.left_out)

    def describe_profile(self) -> dict[str, object]:
        """Return the profile's name and title, and the limit of requests, if they were given."""
        said: dict[str, object] = {} if self.max_rate is None else {"max_rate": self.max_rate}
        if self.target_profile is not None:
            said |= {"profile": self.profile.name, "profile_title": self.profile.title}
        return said

    def resolve_env(self) -> dict[str, str]:
        """Return the variables of `env`, with their values."""
        return dict(self._variable(each) for each in self.env)

    def _variable(self, text: str) -> tuple[str, str]:
        name, equals, value = text.partition("=")
        if not name:
            raise UsageError(
                f"--env '={HIDDEN}' does not name a variable: write it like NAME=VALUE or NAME"
            )
        if not equals and name not in self.environ:
            raise UsageError(
                f"--env {name} is not set in the environment: write --env {name}=VALUE"
            )
        return name, value if equals else self.environ[name]

    @property
    def target_kind(self) -> str:
        """The kind of target that is started here, see `targets.kinds`."""
        return choose_kind([kind for kind in KINDS if getattr(self, kind, None)])

    @property
    def replica_counts(self) -> ReplicaCounts:
        """The replicas to start: the API's by `api_replicas`, or else by the profile.

        If neither does, two; but one of a command without roles, where a process is a whole
        server and two of them may share nothing. Containers of an image are made to share.
        """
        if self.api_replicas is not None:
            return ReplicaCounts(self.api_replicas, self.worker_replicas)
        alone = self.command and not self.image and not self.has_roles
        api = self.profile.start.api_replicas or (1 if alone else 2)
        return ReplicaCounts(api, self.worker_replicas)

    @property
    def has_roles(self) -> bool:
        """Whether API and worker processes of the target are started apart."""
        if self.worker_command:
            return True
        if self.image or self.command:
            texts = (self.command or "", *(self.env if self.image else ()))
            return any("{role}" in each for each in texts)
        return not self.urls

    def stack_kind(self) -> str:
        """Return the kind of stack that this asks for, by name or by what the environment holds."""
        if self.database_uri or self.redis_uri:
            return "external"
        if not self.lets_environment_choose:
            return self.stack or "none"
        found = default_kind(self.environ)
        return "containers" if self.image and found == "embedded" else found

    @property
    def lets_environment_choose(self) -> bool:
        """Whether no option says which stack to take."""
        return not (self.stack or self.urls or self.database_uri or self.redis_uri)

    def stack_environ(self) -> dict[str, str]:
        """Return where an external stack finds its addresses; what an option says wins."""
        said = {"DATABASE_URI": self.database_uri, "REDIS_URI": self.redis_uri}
        return {**self.environ, **{name: uri for name, uri in said.items() if uri}}

    def folder(self) -> Path:
        """Return the run's own folder, created; a folder that holds a run already is refused."""
        return claim_folder(self.run_dir or RUNS / _run_name())


def _run_name() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}-{uuid4().hex[:4]}"
