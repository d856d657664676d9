"""A recorder whose records can be read while it is open."""

from onceproof.conformance.history import Record, Recorder, read


class Log(Recorder):
    """A recorder whose records can be read at any time."""

    def records(self, kind: str | None = None, op: str | None = None) -> list[Record]:
        self.flush()
        return [
            record
            for record in read(self.path)
            if kind in (None, record.kind) and op in (None, record.op)
        ]
