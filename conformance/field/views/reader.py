"""One reader of a run's events, over all connections that it needed."""

from dataclasses import dataclass, field

from onceproof.conformance.history.record import Record

#: Events that belong to the connection and not to the run.
OF_THE_CONNECTION = frozenset({"metadata", "heartbeat", "end"})


@dataclass
class Reader:
    """What a reader got: `events` in their order, and how its connections ended."""

    id: str
    label: str
    role: str
    at: int
    opened: Record
    modes: tuple[str, ...] = ()
    events: list[Record] = field(default_factory=list)
    refusals: list[Record] = field(default_factory=list)
    endings: list[Record] = field(default_factory=list)
    cuts: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether the server ended its last connection, and had not refused a later one."""
        last = self.endings[-1].value.get("reason") if self.endings else None
        return last == "eof" and not self.refusals

    @property
    def last_t(self) -> int:
        """When it was last heard of."""
        return max(each.t for each in (self.opened, *self.events[-1:], *self.endings[-1:]))

    @property
    def content(self) -> list[Record]:
        """The events of the run itself."""
        return [each for each in self.events if each.value["name"] not in OF_THE_CONNECTION]

    def list_root(self, mode: str) -> list[Record]:
        """List the events of a mode that the root graph sent, and no subgraph."""
        wanted = [each for each in self.events if each.value["name"] == mode]
        return [each for each in wanted if not each.value.get("ns")]

    def list_all(self, mode: str) -> list[Record]:
        """List the events of a mode, those of subgraphs among them."""
        return [each for each in self.events if each.value["name"] == mode]
