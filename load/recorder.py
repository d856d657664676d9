"""The history of one load process: the vocabulary of runs and subscriptions, one file.

The file is the one named by ONCEPROOF_HISTORY (workers of a distributed test add their number);
without that variable it lives in a temporary folder until the test has been judged.
"""

import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
from msgspec import UNSET

from onceproof.conformance.history import Kind, Recorder
from onceproof.conformance.history.recorder import Noted
from onceproof.conformance.history.values import Json
from onceproof.conformance.wire.ledger import ledger_of
from onceproof.conformance.wire.sse import SseEvent


class Tick(msgspec.Struct, gc=False):
    """What the probe `ticks` says in one event."""

    seq: int
    nonce: Any = UNSET
    total: Any = UNSET
    token: Any = UNSET
    h: Any = UNSET


class EventValue(msgspec.Struct, gc=False):
    """The value of a `sub.event`; what an event does not say is left out."""

    nonce: Any
    name: str
    id: str | None
    digest: str
    seq: Any = UNSET
    total: Any = UNSET
    token: Any = UNSET
    h: Any = UNSET


HELD = 128
HELD_NS = 250_000_000
#: Events of one subscription that are noted together; its end is noted after all of them.
SEEN = 32

_decode_tick = msgspec.json.Decoder(Tick).decode


def history_path(given: str | None, worker: int | None, round_: int) -> Path | None:
    """Return the file of this process: a path as given, numbered by worker and by repeated test."""
    if not given:
        return None
    path = Path(given)
    numbers = [f".{n}" for n in (worker, round_ if round_ > 1 else None) if n is not None]
    return path.with_name(f"{path.stem}{''.join(numbers)}{path.suffix}")


class History:
    """Writes records under the names that the checks read.

    A user who is about to send has other code in the processor's caches than that which writes a
    record down; each record by itself takes four times as long there as with others. So records are
    noted with their time, and written together: `HELD` of them, or those of `HELD_NS` (looked at
    when the next one comes). A killed process loses as much.
    """

    def __init__(self, path: Path | None) -> None:
        """`UsageError` if the file exists already."""
        self._folder = None if path else tempfile.TemporaryDirectory(prefix="onceproof-load-")
        self.path = path or Path(self._folder.name if self._folder else "") / "history.jsonl"
        self._recorder = Recorder(self.path)
        self._held: list[Iterable[Noted]] = []
        self._limit = HELD
        self._written_ns = time.monotonic_ns()

    def add(
        self,
        kind: Kind,
        op: str,
        *,
        who: str,
        key: str | None = None,
        value: Any = None,
        error: str | None = None,
        http: Json | None = None,
    ) -> None:
        """Record what happens now."""
        t = time.monotonic_ns()
        self.note(t, ((t, who, kind, op, key, value, error, http),))

    def note(self, t: int, noted: Iterable[Noted]) -> None:
        """Records that are worked out when they are written, of what happened until `t`."""
        self._held.append(noted)
        if len(self._held) >= self._limit or t - self._written_ns >= HELD_NS:
            self._write()
            self._written_ns = t

    def close(self) -> None:
        """Write everything to the file, which stays where it is. What comes later is an error."""
        self._limit = 0
        self._write()
        self._recorder.close()

    def _write(self) -> None:
        held, self._held = self._held, []
        if held:
            self._recorder.add_all(chain.from_iterable(held))

    def remove(self) -> None:
        """Delete the file if nobody asked for it."""
        if self._folder is not None:
            self._folder.cleanup()


class Client:
    """One logical client: it has one operation under way, and a new name after an unknown end."""

    def __init__(self, history: History, number: int) -> None:
        self._add, self._note = history.add, history.note
        self._name = f"load-{os.getpid()}-{number}"
        self._lives = 0
        self.who = self._name

    def record_create(self, nonce: str, value: Mapping[str, Any]) -> None:
        """Record that a create is about to be sent."""
        self._add("invoke", "run.create", who=self.who, key=nonce, value=value)

    def record_acceptance(self, nonce: str, run_id: str, thread_id: str, status: int) -> None:
        """Record that the server acknowledged the run."""
        value = {"run_id": run_id, "thread_id": thread_id}
        self._add("ok", "run.create", who=self.who, key=nonce, value=value, http={"status": status})

    def record_refusal(self, nonce: str, detail: str, status: int) -> None:
        """Record that the server declined the run, as documented."""
        http = {"status": status}
        self._add("fail", "run.create", who=self.who, key=nonce, error=detail, http=http)

    def record_unknown(self, nonce: str, reason: str) -> None:
        """Record that nobody knows whether the run was accepted, and retire this client's name."""
        self._add("info", "run.create", who=self.who, key=nonce, error=reason)
        self._lives += 1
        self.who = f"{self._name}.{self._lives}"

    def record_result(self, nonce: str, run_id: str, values: Mapping[str, Any]) -> None:
        """Record the answer to a wait or join. Of the ledger, the run's own entries are kept."""
        t = time.monotonic_ns()
        self._note(t, self._result(t, self.who, nonce, run_id, values))

    @staticmethod
    def _result(
        t: int, who: str, nonce: str, run_id: str, values: Mapping[str, Any]
    ) -> Iterator[Noted]:
        log = ledger_of(values)
        value: Json = {"run_id": run_id, "log": None}
        if log is not None:
            value["log"] = [entry for entry in log if entry["nonce"] == nonce]
            value["own"] = True
        if "__error__" in values:
            value["error"] = values["__error__"]
        yield t, who, "ok", "run.result", nonce, value, None, None


class Subscription:
    """One connection to the events of a run; a logical client of its own."""

    def __init__(self, history: History, key: str, nonce: str, promise: Mapping[str, Any]) -> None:
        self._add, self._note = history.add, history.note
        self._key = key
        self._nonce = nonce
        self._promise = {"nonce": nonce, **promise}
        self._seen: list[tuple[SseEvent, Tick | None]] = []
        self._record("invoke", "sub.open", value=self._promise)

    def record_opening(self, run_id: str) -> None:
        """Record that the server answered with a stream."""
        self._record("ok", "sub.open", value=self._promise | {"run_id": run_id})

    def record_refusal(self, reason: str, kind: Kind = "fail") -> None:
        """Record that the server answered with an error ("fail"), or not at all ("info")."""
        self._record(kind, "sub.open", error=reason)

    def record_events(self, seen: Sequence[tuple[SseEvent, Tick | None]]) -> None:
        """Record events that arrived together, each with its payload if it is a tick."""
        self._seen += seen
        if len(self._seen) >= SEEN:
            self._hand_over()

    def record_end(self, reason: str) -> None:
        """Record the end of the stream: "eof" (by the server), "cut" (by us) or "error"."""
        self._hand_over()
        self._record("mark", "sub.close", value={"reason": reason, "nonce": self._nonce})

    def _hand_over(self) -> None:
        seen, self._seen = self._seen, []
        self._note(time.monotonic_ns(), (self._pack_event(event, tick) for event, tick in seen))

    def _record(self, kind: Kind, op: str, **fields: Any) -> None:
        self._add(kind, op, who=self._key, key=self._key, **fields)

    def _pack_event(self, event: SseEvent, tick: Tick | None) -> Noted:
        value = self._value(event, tick)
        return event.t_ns, self._key, "event", "sub.event", self._key, value, None, None

    def _value(self, event: SseEvent, tick: Tick | None) -> EventValue:
        digest = f"{crc32(event.data):08x}"  # of data that is there once more, in the hash chain
        if tick is None:
            return EventValue(self._nonce, event.name, event.id, digest)
        nonce = self._nonce if tick.nonce is UNSET else tick.nonce
        numbers = (tick.seq, tick.total, tick.token, tick.h)
        return EventValue(nonce, event.name, event.id, digest, *numbers)


def tick_of(event: SseEvent) -> Tick | None:
    """Return the payload of an event that the probe numbered, None for any other."""
    if event.name != "custom":
        return None
    try:
        return _decode_tick(event.data)
    except msgspec.DecodeError:
        return None
