"""The command line of `--command`: words with placeholders to fill in.

    {port}     the port to listen on, which must be there
    {role}     api or worker, or all
    {python}   the interpreter that runs the harness
    {probes}   the folder of the langgraph.json to host, for servers that look for it there
    {slots}    how many runs to execute at once, for servers that take that on the command line

Split into words first and filled in afterwards, so that a path with a space stays one word.
No shell is involved: a shell between us and the server would take the signals meant for it.
"""

import shlex
import shutil
import string
import sys
from collections.abc import Mapping
from pathlib import Path

from onceproof.conformance.errors import TargetError, UsageError
from onceproof.conformance.secrets.find import show
from onceproof.conformance.targets.base import ReplicaCounts

PLACEHOLDERS = ("port", "role", "python", "probes", "slots")

#: The variable that leads a server to the langgraph.json that it hosts.
CONFIG_PATH = "LANGGRAPH_CONFIG_PATH"


class CommandTemplate:
    """A checked command; UsageError from the constructor says what is wrong with it."""

    def __init__(self, command: str, option: str = "--command", *, needs_port: bool = True) -> None:
        """`option` is what messages call it; one that `needs_port` must say where it goes."""
        self._command, self._option = command, option
        self._words = self._split()
        self._fields = {field for word in self._words for field in self._fields_of(word)}
        if unknown := sorted(self._fields - set(PLACEHOLDERS)):
            raise self._refusal(
                f"knows no placeholder {{{unknown[0]}}}; use {{port}}, {{role}}, {{python}}, "
                "{probes} or {slots}, and write {{ and }} for braces of its own"
            )
        if needs_port and not self.has_port:
            raise self._refusal(
                "has no {port}; write it where the server takes its port, as in '--port {port}'"
            )

    @property
    def has_port(self) -> bool:
        """Whether it listens on a port that it is given."""
        return "port" in self._fields

    @property
    def has_roles(self) -> bool:
        """Whether it starts API and worker processes separately."""
        return "role" in self._fields

    def argv(self, port: int, role: str, environ: Mapping[str, str]) -> list[str]:
        """Return the words of one process that is started with this environment."""
        values = {
            "port": str(port),
            "role": role,
            "python": sys.executable,
            "probes": _probes(environ),
            "slots": environ.get("N_JOBS_PER_WORKER", "10"),
        }
        return [word.format_map(values) for word in self._words]

    def executable(self, environ: Mapping[str, str]) -> str:
        """Return the program that the first word names; TargetError when there is none."""
        first = self.argv(0, "all", environ)[0]
        found = shutil.which(first, path=environ.get("PATH"))
        if found is None:
            raise TargetError(
                f"{self._option} {show(self._command)!r}: {first!r} is no program on the PATH; "
                "install it or write its path"
            )
        return found

    def _split(self) -> list[str]:
        try:
            words = shlex.split(self._command)
        except ValueError as error:
            raise self._refusal(f"has an unbalanced quote ({error}); close it") from None
        if not words:
            raise UsageError(f"{self._option} is empty; write the command that starts the server")
        return words

    def _fields_of(self, word: str) -> list[str]:
        try:
            parsed = [field for _, field, _, _ in string.Formatter().parse(word)]
        except ValueError as error:
            raise self._refusal(
                f"has an unbalanced brace ({error}); write {{{{ and }}}} for braces of its own"
            ) from None
        return [field for field in parsed if field is not None]

    def _refusal(self, why: str) -> UsageError:
        return UsageError(f"{self._option} {show(self._command)!r} {why}")


def fill_environment(env: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return `env` with what it refers to taken from `environ`: the probes, and the stack's
    addresses.

    Only these words are replaced: other braces in a value, as in JSON, are its own.
    """
    known = {
        "{probes}": _probes(environ),
        "{database_uri}": environ.get("DATABASE_URI", ""),
        "{redis_uri}": environ.get("REDIS_URI", ""),
    }
    made = {}
    for name, value in env.items():
        for word, meaning in known.items():
            value = value.replace(word, meaning)
        made[name] = value
    return made


def _probes(environ: Mapping[str, str]) -> str:
    return str(Path(environ.get(CONFIG_PATH, "")).parent)


def check_counts(counts: ReplicaCounts) -> None:
    """Refuse numbers of replicas that cannot be started by a UsageError."""
    if counts.api < 1:
        raise UsageError(f"--api-replicas {counts.api} leaves no API: take at least 1")
    if counts.workers < 0:
        raise UsageError(f"--worker-replicas {counts.workers} is negative: take 0 or more")


def name_replicas(has_roles: bool, counts: ReplicaCounts) -> list[tuple[str, str]]:
    """Return name and role of every process."""
    check_counts(counts)
    apart = has_roles and counts.workers
    roles = {"api": counts.api, "worker": counts.workers} if apart else {"all": counts.api}
    return [(f"{role}-{n}", role) for role, count in roles.items() for n in range(1, count + 1)]
