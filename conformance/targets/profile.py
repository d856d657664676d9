"""Target profiles: what is known of a server before it is certified, as a small TOML file.

    name, title
    [timings]      lease_ms, heartbeat_ms, sweep_ms; `settable`: it takes them as LEASE_MS,
                   HEARTBEAT_MS and SWEEP_MS, as the reference server does
    [start]        command, stack and health path, for an option that is not given; the command
                   has the placeholders of `conformance.targets.template`; `without` names the
                   sections of langgraph.json that it cannot take, left out of its copy, and
                   `without_graphs` the probes with which it does not start; `in_turn`:
                   its processes are started one after the other, since two cannot share an
                   empty database
                   `worker_command` starts the workers, with {port} if they answer a health path;
                   `first` is run before, once for a database, as a migration;
                   `install` says how to get it, and `program` is one that comes with it, looked for
                   before anything starts
    [start.env]    variables it receives; {probes}, {database_uri} and {redis_uri} are filled in
    [[deviation]]  id, reason, link and expires: a failure that is known, see `reports.deviations`

Those of the servers that everybody can run ship beside this module; any other is named by its
file. A slip in one would change what is waited for and what is excused, so an unknown key or a
value that does not fit is refused with a sentence that names it.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from onceproof.conformance.errors import UsageError
from onceproof.conformance.register.deviation import KnownDeviation
from onceproof.conformance.stacks.kinds import StackName
from onceproof.conformance.targets.template import CONFIG_PATH, CommandTemplate

FOLDER = Path(__file__).with_name("profiles")

#: The profile of the reference server: the only place where its timings stand.
REFERENCE = "reference"

_Ms = Annotated[int, Meta(ge=1)]
_Text = Annotated[str, Meta(min_length=1)]
_Section = Literal["store", "webhooks"]


class Timings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long a silent worker keeps its run, how often a live one is heard of, and how often
    runs without a worker are looked for; `settable` if the target can be configured."""

    lease_ms: _Ms
    heartbeat_ms: _Ms
    sweep_ms: _Ms
    settable: bool = False


class Start(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the server is started where the command line does not say."""

    command: _Text | None = None
    worker_command: _Text | None = None
    first: _Text | None = None
    program: _Text | None = None
    install: _Text | None = None
    stack: StackName | None = None
    health: Annotated[str, Meta(pattern="^/")] | None = None
    env: dict[str, str] = {}
    without: tuple[_Section, ...] = ()
    without_graphs: tuple[_Text, ...] = ()
    in_turn: bool = False
    api_replicas: Annotated[int, Meta(ge=1)] | None = None

    @property
    def left_out(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The sections and the graphs that its copy of langgraph.json has not."""
        return self.without, self.without_graphs


class TargetProfile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file."""

    name: _Text
    title: _Text
    timings: Timings
    start: Start = Start()
    deviations: tuple[KnownDeviation, ...] = msgspec.field(name="deviation", default=())

    def environment(self, config: Path) -> dict[str, str]:
        """Return the environment of a server that hosts the graphs of the langgraph.json `config`,
        the addresses of its stack apart."""
        return {CONFIG_PATH: str(config), **self.settings()}

    def settings(self) -> dict[str, str]:
        """Return the environment variables of a server that is started here."""
        timings = {
            "LEASE_MS": str(self.timings.lease_ms),
            "HEARTBEAT_MS": str(self.timings.heartbeat_ms),
            "SWEEP_MS": str(self.timings.sweep_ms),
        }
        return {**(timings if self.timings.settable else {}), **self.start.env}


def list_profiles() -> list[str]:
    """Return the names of the profiles that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_profile(name: str) -> TargetProfile:
    """Return the shipped profile of that name, or the one in that file; UsageError if it is
    unusable."""
    path = FOLDER / f"{name}.toml"
    return _read(path if name in list_profiles() else Path(name), name)


def _read(path: Path, name: str) -> TargetProfile:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        profile = msgspec.convert(document, TargetProfile)
    except OSError as error:
        raise UsageError(
            f"--target-profile {name!r} cannot be read ({error.strerror}): name a TOML file or "
            f"one of {', '.join(list_profiles())}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refusal(path, f"is not valid TOML: {error}; correct it") from None
    except msgspec.ValidationError as error:
        raise _refusal(path, _locate_fault(str(error), document)) from None
    _check(profile, path)
    return profile


def _check(profile: TargetProfile, path: Path) -> None:
    """What types cannot say."""
    timings = profile.timings
    if timings.heartbeat_ms > timings.lease_ms:
        raise _refusal(
            path,
            f"timings.heartbeat_ms = {timings.heartbeat_ms} is longer than timings.lease_ms = "
            f"{timings.lease_ms}: every lease would expire; correct one of them",
        )
    ids = [deviation.id for deviation in profile.deviations]
    if twice := sorted({id for id in ids if ids.count(id) > 1}):
        raise _refusal(path, f"deviation.id = {twice[0]!r} stands there twice; keep one entry")
    start = profile.start
    commands = {"command": start.command, "worker_command": start.worker_command}
    for key, command in {**commands, "first": start.first}.items():
        try:
            if command is not None:
                CommandTemplate(command, f"start.{key}", needs_port=key == "command")
        except UsageError as error:
            raise _refusal(path, str(error)) from None


def _locate_fault(fault: str, document: Mapping[str, Any]) -> str:
    """A key, its value, and what is wrong with it; `fault` ends with the path of the key."""
    what, _, where = fault.partition(" - at `$")
    keys = [int(part) if part.isdigit() else part for part in re.findall(r"[\w-]+", where)]
    if "field `" in what:
        table = f"in {_join_keys(keys)} " if keys else ""
        return f"{table}{what.replace('Object', 'the table').lower()}; correct the key"
    value: Any = document
    for key in keys:
        value = value[key]
    return f"{_join_keys(keys)} = {value!r}: {what[0].lower()}{what[1:]}; correct the value"


def _join_keys(keys: list[int | str]) -> str:
    return ".".join(map(str, keys))


def _refusal(path: Path, why: str) -> UsageError:
    return UsageError(f"--target-profile: {path.name}: {why}")
