"""A history as the checks see it: the records, and what several checks derive from them.

One pass sorts the records by what they are about; everything else (runs, executions,
subscriptions, fault windows) is derived from its own part when a check first asks for it, and
then shared. So twenty checks cost little more than reading the history once, and each of them
still is a function of the history alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from onceproof.conformance.checks.views.connections import (
    Allowance,
    canonical,
    comparable,
    connections,
    cuts,
)
from onceproof.conformance.checks.views.executions import Execution, executions
from onceproof.conformance.checks.views.reads import Read, reads_by_run
from onceproof.conformance.checks.views.runs import Run, runs, state_logs
from onceproof.conformance.checks.views.streams import Place, Subscription
from onceproof.conformance.checks.views.windows import Windows
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.values import LedgerEntry
from onceproof.conformance.history.vocabulary import QUIESCED


@dataclass
class Parts:
    """The records by subject, each part in the order of the history.

    `operations` are invokes and answers, `signs` what the sink saw, `streams` all records of
    subscriptions (their opening, events and end) and `states` those that show a thread's ledger.
    """

    operations: list[Record] = field(default_factory=list)
    signs: list[Record] = field(default_factory=list)
    streams: list[Record] = field(default_factory=list)
    faults: list[Record] = field(default_factory=list)
    marks: list[Record] = field(default_factory=list)
    snaps: list[Record] = field(default_factory=list)


class View(list[Record]):
    """A history that remembers what was derived from it; not to be changed any more."""

    @classmethod
    def of(cls, history: Sequence[Record]) -> Self:
        """Return the view of a history; a view is its own."""
        return history if isinstance(history, cls) else cls(history)

    @cached_property
    def parts(self) -> Parts:
        """The records by subject."""
        parts = Parts()
        operation, sign, stream = (
            each.append for each in (parts.operations, parts.signs, parts.streams)
        )
        for record in self:
            kind = record.kind
            if kind == "event":
                stream(record)
            elif kind == "effect":
                sign(record)
            elif record.op == "sub.open" or record.op == "sub.close":
                stream(record)
            elif kind == "mark":
                parts.marks.append(record)
            elif kind == "snap":
                parts.snaps.append(record)
            elif kind == "fault":
                parts.faults.append(record)
            else:
                operation(record)
        return parts

    @cached_property
    def runs(self) -> dict[str, Run]:
        """Every run whose create was invoked, by nonce."""
        return runs(self.parts.operations, self.parts.snaps)

    @cached_property
    def logs(self) -> list[tuple[Record, list[LedgerEntry]]]:
        """Each read of a thread's state that shows the ledger."""
        return state_logs(self.parts.operations, self.parts.snaps)

    @cached_property
    def reads(self) -> dict[str, list[Read]]:
        """Every answer that showed a run's status, by nonce."""
        return reads_by_run(self.parts.operations, self.parts.snaps, self.marks_of(QUIESCED))

    @cached_property
    def executions(self) -> dict[int, Execution]:
        """Every execution by its token, in the order in which they began."""
        return executions(self.parts.signs)

    @cached_property
    def windows(self) -> Windows:
        """When the harness was breaking things, and whom it may have hit."""
        return Windows(self.parts.faults)

    @cached_property
    def allowance(self) -> Allowance:
        """When a subscription may have missed events because of a fault."""
        return Allowance(self.windows, self.parts.faults)

    @cached_property
    def connections(self) -> list[Subscription]:
        """Every subscription that was asked for, whatever became of it."""
        return connections(self.parts.streams)

    @cached_property
    def subscriptions(self) -> list[Subscription]:
        """Those that promise something: the server answered, and what they ask for is still kept.

        One whose request says `expired` asked after the retention ended.
        """
        return [each for each in self.connections if each.promising]

    @cached_property
    def groups(self) -> list[tuple[list[Subscription], list[Subscription]]]:
        """Subscriptions to the same run with the same filter, and the canonical ones of these."""
        together = comparable(self.subscriptions)
        return [(each, canonical(each, self.allowance)) for each in together]

    @cached_property
    def cuts(self) -> dict[tuple[str | None, str], Place]:
        """Where in its run each event id stands at which a subscription was resumed."""
        return cuts(self.subscriptions)

    def marks_of(self, op: str) -> list[Record]:
        """Return the marks of one name."""
        return [mark for mark in self.parts.marks if mark.op == op]
