"""Which container does what: by its image, its command, its environment, its ports and its name."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from onceproof.conformance.errors import UsageError
from onceproof.conformance.secrets import SECRETS
from onceproof.conformance.secrets.documents import register_variables
from onceproof.conformance.secrets.find import register_words

_IMAGES = {
    "postgres": ("postgres", "postgis", "pgvector", "timescale"),
    "redis": ("redis", "valkey", "keydb", "dragonfly"),
    "gateway": ("nginx", "traefik", "haproxy", "caddy", "envoy", "kong"),
}
_PORTS = {5432: "postgres", 6379: "redis"}
_SERVER_VARIABLES = ("DATABASE_URI", "POSTGRES_URI", "REDIS_URI", "LANGSERVE_GRAPHS")
_WORKER_WORDS = {"worker", "workers", "queue", "executor", "celery"}
_API_WORDS = {"api", "web", "server", "serve", "app", "agent"}
_ROLES = {"api": "api", "worker": "worker", "queue": "worker", "all": "all"}


@dataclass(frozen=True)
class Seen:
    """One container, before anything is asked of it.

    `name` is the replica's, `group` the service or Deployment it is of, `command` all its words.
    It listens on `ports`, and `is_published` says whether one of them is reached from outside. One
    that `is_selected` is a server because the user says so.
    """

    name: str
    group: str
    image: str
    command: tuple[str, ...] = ()
    variables: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset()
    is_published: bool = False
    is_selected: bool = False


def register_settings(command: Sequence[str], variables: Mapping[str, str]) -> None:
    """Let nothing that is written hold what a container was given: its logs may repeat it."""
    register_words(SECRETS, command)
    register_variables(SECRETS, variables)


def tell_apart(
    where: str, seen: Sequence[Seen], workers: Sequence[str], serving: Sequence[str]
) -> dict[str, str]:
    """Return by name what each is: api, worker, all (both), postgres, redis, gateway or other.

    `workers` and `serving` are named by the user. UsageError for a server that may be either.
    """
    kinds = {each.name: _kind(each) for each in seen}
    if stranger := next((name for name in workers if name not in kinds), None):
        raise UsageError(
            f"{where} has no {stranger!r}, which --worker names; it has {_list(kinds)}"
        )
    kinds |= dict.fromkeys(workers, "worker") | dict.fromkeys(serving, "api")
    unclear = [each for each in seen if not kinds[each.name]]
    if len({each.group for each in unclear}) == 1 and not {"api", "all"} & set(kinds.values()):
        # Whoever is left has to have the API: nobody else has.
        kinds |= {each.name: "api" for each in unclear}
    elif unclear:
        name = unclear[0].name
        raise UsageError(
            f"{where}: nothing tells whether {name!r} serves the API or only executes runs; "
            f"say it by --worker {name}, or by --url {name}=URL"
        )
    return kinds


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _kind(seen: Seen) -> str:
    """What it is; empty for a server whose role does not show."""
    if found := _kind_of_image(seen):
        return found
    if not (seen.is_selected or _is_server(seen.variables)):
        return "other"
    return _role(seen)


def _kind_of_image(seen: Seen) -> str:
    image = seen.image.rpartition("/")[2].partition("@")[0].partition(":")[0].lower()
    for kind, words in _IMAGES.items():
        if any(word in image for word in words):
            return kind
    return next((_PORTS[port] for port in sorted(seen.ports) if port in _PORTS), "")


def _is_server(variables: Iterable[str]) -> bool:
    return any(name in _SERVER_VARIABLES or name.startswith("LANGGRAPH_") for name in variables)


def _role(seen: Seen) -> str:
    """Its command says it for certain; then its name, then whether anybody gets there."""
    if role := _role_option(seen.command):
        return role
    said = _words([word for word in seen.command if not word.startswith("-")])
    named = _words([seen.group])
    if _WORKER_WORDS & (said | named):
        return "worker"
    if seen.is_published or _API_WORDS & named:
        return "api"
    return "api" if "api" in said else ""


def _role_option(command: Sequence[str]) -> str:
    for word, following in zip(command, [*command[1:], ""], strict=True):
        name, equals, value = word.partition("=")
        if name == "--role":
            return _ROLES.get(value if equals else following, "")
    return ""


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in re.split(r"[^a-z]+", text.lower()) if word}
