"""Requests for probe graphs that the target does not host are not sent: they would prove nothing.

A graph is named by its own name or by the id of its default assistant, in the body of a request, in
the metadata of what it makes, or in the path below /assistants. Names that are no probe's are let
through, so that a test may ask on purpose for a graph that nobody has.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NoReturn
from uuid import UUID, uuid5

from onceproof.conformance.errors import MissingProbe
from onceproof.conformance.guest.body import decode_request
from onceproof.conformance.wire.absent_routes import RouteGuard

#: The namespace of the ids of default assistants.
NAMESPACE = UUID("6ba7b821-9dad-11d1-80b4-00c04fd430c8")

ASSISTANT = re.compile(r"/assistants/([^/?#]+)")
FIELDS = ("assistant_id", "graph_id")

#: What a test has asked for that any graph will do for.
ANY = "*"
#: The probes that requests of this process have named since it was last emptied.
ASKED: set[str] = set()
#: Why such requests were not sent, likewise. A test that goes on after one has nothing to say.
LACKED: list[str] = []

DEPLOY = "deploy them (onceproof probes export DIR)"
OWN_GRAPH = "judge a graph of yours (--assistant NAME --input FILE)"


def default_assistant_id(graph: str) -> str:
    """Return the id of a graph's default assistant: a UUID of version 5."""
    return str(uuid5(NAMESPACE, graph))


class ProbeGuard:
    """Knows the `probes` there are and which of them are `missing`; `hosts_none` if all are.

    `refuse` ends whoever asks for a missing one; the suite has its own word for that. `routes`
    knows the routes that are missing, none by itself.
    """

    refuse: Callable[[str], NoReturn]

    def __init__(self, probes: Collection[str] = (), missing: Collection[str] = ()) -> None:
        self.refuse = _raise_missing
        self.routes = RouteGuard()
        self.missing = frozenset(missing)
        self.hosts_none = bool(probes) and len(self.missing) == len(probes)
        self._names = {name: name for name in probes}
        self._names |= {default_assistant_id(name): name for name in probes}

    def demand(self, *names: str) -> None:
        """Refuse if one of these is a probe that is not hosted, by MissingProbe; note them all."""
        probes = {self._names[name] for name in names if name in self._names}
        ASKED.update(probes)
        for name in sorted(probes & self.missing):
            LACKED.append(self.explain(name))
            self.refuse(LACKED[-1])

    def demand_request(self, path: str, options: Mapping[str, Any]) -> None:
        """Demand all graphs that a request names; `options` are httpx's own."""
        self.demand(*_names_in_path(path), *_names_in(_read_body(options)))

    def explain(self, *names: str) -> str:
        """Return why nothing can be judged that needs these probes, and what to do."""
        if self.hosts_none:
            return f"it needs probe graphs, and the target hosts none: {DEPLOY}, or {OWN_GRAPH}"
        called = " and ".join(map(repr, names))
        kind = "graph" if len(names) == 1 else "graphs"
        return (
            f"it needs the probe {kind} {called}, which the target does not host: {DEPLOY}, "
            f"or {OWN_GRAPH}"
        )


def _raise_missing(reason: str) -> NoReturn:
    raise MissingProbe(reason)


def _names_in_path(path: str) -> Iterator[str]:
    found = ASSISTANT.search(path)
    if found:
        yield found[1]


def _names_in(body: object) -> Iterator[str]:
    for each in body if isinstance(body, list) else [body]:
        if isinstance(each, Mapping):
            yield from (each[field] for field in FIELDS if isinstance(each.get(field), str))
            yield from _names_in(each.get("metadata"))


def _read_body(options: Mapping[str, Any]) -> object:
    if options.get("json") is not None:
        return options["json"]
    content = options.get("content")
    return decode_request(content) if isinstance(content, bytes | str) else None
