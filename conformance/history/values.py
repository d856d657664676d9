"""The shapes of JSON in a history, by the names that their readers and writers share."""

from typing import Any, NotRequired, TypedDict

#: A JSON object of any shape: what a server answered, or the value of a record.
Json = dict[str, Any]


class LedgerEntry(TypedDict):
    """One element of the `log` in a thread's state: the step, and the execution that wrote it."""

    nonce: str
    i: int | str
    token: int


class CheckpointEntry(TypedDict):
    """One checkpoint in a listing of a thread's history."""

    id: Any  # a text, or None where the server named none
    ns: str
    parent: str | None
    step: int | None
    source: str | None


class Promise(TypedDict):
    """What a subscription asked for; `expired` excuses the server from delivering it."""

    run_id: str | None
    after: str | None
    resumable: bool
    from_start: bool
    modes: tuple[str, ...]
    expired: NotRequired[bool]


class Tick(TypedDict, total=False):
    """What an event of the probe `ticks` says of itself."""

    nonce: str | None
    seq: int
    total: int | None
    token: int | None
    h: str | None
