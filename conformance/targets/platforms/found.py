"""What was found on a platform, and the sentence that says so."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from onceproof.conformance.errors import UsageError
from onceproof.conformance.stacks.levers import Service
from onceproof.conformance.targets.base import Replica
from onceproof.conformance.targets.supplied import Lever


@dataclass(frozen=True)
class Found:
    """A deployment: `urls` lead in, each as NAME=URL or plain; `levers` are on all `replicas`.

    `witness_address` is the one of this machine that its processes reach, None if nothing says it,
    `settings` are variables of its servers, as far as they show, and `services` hands on its
    "postgres" and "redis".
    """

    says: str
    urls: tuple[str, ...]
    replicas: tuple[Replica, ...]
    levers: Mapping[str, Lever]
    witness_address: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)

    @property
    def has_stack(self) -> bool:
        """Whether there are hands on both Postgres and Redis."""
        return {"postgres", "redis"} <= self.services.keys()

    def describe_other_settings(self, expected: Mapping[str, str]) -> list[str]:
        """Return a sentence for each setting that differs from what verdicts go by."""
        return [
            f"{name} is {self.settings[name]} there, but {value} is what is waited for: set it so, "
            "or name a --target-profile with its timings"
            for name, value in expected.items()
            if self.settings.get(name, value) != value
        ]


def demand_servers(where: str, kinds: Mapping[str, str]) -> None:
    """Raise UsageError unless there is a server with the API."""
    if not {"api", "all"} & set(kinds.values()):
        raise UsageError(
            f"{where} has no container that looks like an Agent Server (DATABASE_URI, REDIS_URI or "
            f"LANGGRAPH_... in its environment): say which by --url NAME=URL, of {', '.join(kinds)}"
        )


def make_replicas(kinds: Mapping[str, str], urls: Mapping[str, str]) -> tuple[Replica, ...]:
    """Return the replicas in the order API, workers; without workers those with the API run all."""
    has_workers = "worker" in kinds.values()
    serving = [name for name, kind in kinds.items() if kind in ("api", "all")]
    roles = {name: "all" if kinds[name] == "all" or not has_workers else "api" for name in serving}
    found = [Replica(name, roles[name], urls.get(name), urls.get(name)) for name in serving]
    found += [Replica(name, "worker", None) for name, kind in kinds.items() if kind == "worker"]
    return tuple(found)


def describe(where: str, kinds: Mapping[str, str], shown: Mapping[str, str]) -> str:
    """Return one line that says what was taken for what; `shown` is how a name is shown."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for name, kind in kinds.items():
        by_kind[kind].append(shown.get(name, name))
    serving = by_kind["all"] + by_kind["api"]
    parts = [f"{_count(len(serving), 'API replica')} ({', '.join(serving)})"]
    if workers := by_kind["worker"]:
        parts.append(f"{_count(len(workers), 'worker')} ({', '.join(workers)})")
    parts += [f"gateway {name}" for name in by_kind["gateway"]]
    parts += [kind for kind in ("postgres", "redis") if by_kind[kind]]
    if by_kind["other"]:
        parts.append(f"left alone: {', '.join(by_kind['other'])}")
    return f"{where}: {', '.join(parts)}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
