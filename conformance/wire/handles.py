"""What a client keeps of an accepted run: its nonce, its ids, and where to find it again."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from onceproof.conformance.errors import MissingId
from onceproof.conformance.history.values import Json
from onceproof.conformance.wire.sanitise import text

RUN_URL = re.compile(r"(?:/threads/(?P<thread_id>[^/?#]+))?/runs/(?P<run_id>[^/?#]+)")

DEFAULT_MODES = ("values",)
#: Fields of a create that start it from an earlier checkpoint.
EARLIER = frozenset({"checkpoint", "checkpoint_id"})


@dataclass(frozen=True, slots=True)
class RunHandle:
    """An accepted run.

    `run_id` is "" if no answer named it (a defect of its own, RUN-03), and nothing can be asked of
    such a run; `thread_id` is None for
    a stateless run whose thread was not named; `location` is where the answer said to re-attach.
    """

    nonce: str
    run_id: str
    thread_id: str | None
    location: str | None
    resumable: bool = False
    modes: tuple[str, ...] = DEFAULT_MODES

    @property
    def path(self) -> str:
        """The path of the run on any replica."""
        return f"{runs_path(self.thread_id)}/{self.run_id}"


def runs_path(thread_id: str | None) -> str:
    """Return the path at which runs of a thread, or stateless ones, are created."""
    return "/runs" if thread_id is None else f"/threads/{thread_id}/runs"


def demand_ids(path: str) -> None:
    """Raise MissingId for the path of a request in which a name is left out.

    Such a request is about something else, or about nothing: whatever is answered proves nothing.
    """
    names = urlsplit(path).path.split("/")[1:]
    if names != [""] and not {"", "None"}.isdisjoint(names):
        raise MissingId(
            f"the target's answers did not name what {path!r} would be about, which RUN-02 and "
            "RUN-03 judge"
        )


def new_nonce() -> str:
    """Make a name for one run that no other run of any process has."""
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class CreateRequest:
    """A run about to be created: the request body, and what the history says of it."""

    nonce: str
    thread_id: str | None
    body: Json
    via: str

    @property
    def resumable(self) -> bool:
        """Whether events of this run can be replayed."""
        return bool(self.body.get("stream_resumable"))

    def value(self) -> Json:
        """Return the value of the `run.create` invoke."""
        given = self.body.get("input") or {}
        value = {
            "thread_id": self.thread_id,
            "assistant": self.body["assistant_id"],
            "via": self.via,
            "strategy": self.body.get("multitask_strategy"),
            "steps": given.get("steps"),
            "total": given.get("total"),
            "forks": True if self.body.keys() & EARLIER else None,
        }
        return {k: v for k, v in value.items() if v is not None or k == "thread_id"}

    def handle(self, response: httpx.Response, run: Mapping[str, Any] | None = None) -> RunHandle:
        """Return the accepted run, from the `run` in the answer's body or else from its headers."""
        named = dict(run or {}) or locate(response)
        return RunHandle(
            nonce=self.nonce,
            run_id=text(named.get("run_id")) or "",
            thread_id=self.thread_id or text(named.get("thread_id")),
            location=response.headers.get("location") or response.headers.get("content-location"),
            resumable=self.resumable,
            modes=list_modes(self.body.get("stream_mode")),
        )


def list_modes(modes: str | Sequence[str] | None) -> tuple[str, ...]:
    """List the stream modes of a request; `values`, the documented default, if it names none."""
    return (modes,) if isinstance(modes, str) else tuple(modes or DEFAULT_MODES)


def locate(response: httpx.Response) -> dict[str, str | None]:
    """Return the ids in `Content-Location`, or failing that in `Location`; {} without either."""
    for header in ("content-location", "location"):
        match = RUN_URL.search(response.headers.get(header, ""))
        if match:
            return match.groupdict()
    return {}
