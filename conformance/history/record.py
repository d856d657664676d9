"""One observation: who saw what, when, by the harness's only clock.

`t` is monotonic nanoseconds of this machine, taken immediately before a request is sent and
immediately after the last byte of its answer; `a` precedes `b` only if a's answer is strictly
older than b's request. `i` is the position in the history, dense from 0.

The four outcomes of an operation are the kinds `invoke`, then `ok` (it happened), `fail` (it
definitely did not) or `info` (nobody knows: timeout, reset, 5xx). The other kinds are `event`
(one event of a stream), `effect` (one record of the sink), `fault`, `mark` and `snap` (a read of
the quiescent end).
"""

from typing import Any

import msgspec

from onceproof.conformance.history.values import Json
from onceproof.conformance.history.vocabulary import Kind


class Record(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One line of a history. `key` is the nonce of the run unless the operation says otherwise."""

    # gc=False: a record only holds plain JSON data, which cannot refer back to it, and a history
    # of a million records would otherwise be walked by every full collection.

    i: int
    t: int
    who: str
    kind: Kind
    op: str
    key: str | None = None
    value: Any = None
    error: str | None = None
    http: Json | None = None
