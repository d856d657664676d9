"""One run of a field certification, as its records show it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from onceproof.conformance.field.views.fault import FieldFault
from onceproof.conformance.field.views.reader import Reader
from onceproof.conformance.field.words import LIVE
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.vocabulary import TERMINAL

#: Strategies that put an end to the run before.
TAKES_OVER = frozenset({"interrupt", "rollback"})


@dataclass
class FieldRun:
    """A run by its label; `following` is the next one on its thread, `faults` what it met."""

    label: str
    thread: str
    create: Record
    accepted: Record | None = None
    refused: Record | None = None
    run_id: str | None = None
    reads: list[Record] = field(default_factory=list)
    finals: list[Record] = field(default_factory=list)
    results: list[Record] = field(default_factory=list)
    cancels: list[Record] = field(default_factory=list)
    readers: list[Reader] = field(default_factory=list)
    faults: list[FieldFault] = field(default_factory=list)
    following: "FieldRun | None" = None

    @property
    def strategy(self) -> str:
        """The multitask strategy that it was created with."""
        return str(self.create.value.get("strategy") or "enqueue")

    @property
    def status(self) -> str | None:
        """The terminal status that was seen first, None if there was none."""
        ended = self.first_end
        return None if ended is None else ended.value["status"]

    @property
    def first_end(self) -> Record | None:
        """The first read that showed it over."""
        shown = (r for r in (*self.reads, *self.finals) if r.value.get("status") in TERMINAL)
        return min(shown, key=lambda record: record.t, default=None)

    @property
    def has_successor(self) -> bool:
        """Whether the next run on the thread was allowed to put an end to it."""
        after = self.following
        return after is not None and after.accepted is not None and after.strategy in TAKES_OVER

    @property
    def is_rolled_back(self) -> bool:
        """Whether the next run on the thread was allowed to remove it."""
        return (
            self.has_successor
            and self.following is not None
            and (self.following.strategy == "rollback")
        )

    @property
    def ran_freely(self) -> bool:
        """Whether nobody cancelled or displaced it."""
        return not self.cancels and not self.has_successor

    @property
    def lost_events(self) -> bool:
        """Whether a fault that it met may have taken events of its stream."""
        return any(fault.loses_streams for fault in self.faults)

    @property
    def excused_until(self) -> float:
        """The time after which no fault that it met excuses anything; 0 if it met none."""
        return max((fault.excuses_until for fault in self.faults), default=0.0)

    def meet(self, faults: Sequence[FieldFault]) -> None:
        """Take note of the faults that it may have felt."""
        ended = self.first_end
        end = float("inf") if ended is None else ended.t
        here = [each for each in faults if self.create.t < each.excuses_until]
        # Buffers are missing to whoever reads them, also after the run.
        read = max([end, *(each.last_t for each in self.readers)])
        self.faults = [
            each for each in here if each.injected.t < (read if each.loses_streams else end)
        ]

    @property
    def live(self) -> Reader | None:
        """The reader that followed it uncut to the end, None if there was none."""
        whole = (each for each in self.readers if each.role == LIVE and each.is_whole)
        return next(whole, None)

    @property
    def stops_to_ask(self) -> bool:
        """Whether its stream showed a question of the root graph; such a run may end in success."""
        events = self.live.events if self.live else []
        return any(each.value.get("questions") and not each.value.get("ns") for each in events)

    @property
    def attempts(self) -> int:
        """The highest attempt that was shown; 1 where none is."""
        shown = [read.value.get("attempt") for read in self.reads]
        return max((each for each in shown if isinstance(each, int)), default=1)
