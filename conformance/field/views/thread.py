"""One thread of a field certification: its runs, and what its views showed at which time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from onceproof.conformance.field.views.run import FieldRun
from onceproof.conformance.history.record import Record
from onceproof.conformance.history.values import Json


@dataclass
class FieldThread:
    """A thread: `runs` in the order in which they were accepted, `views` by operation."""

    id: str
    runs: list[FieldRun] = field(default_factory=list)
    views: dict[str, list[Record]] = field(default_factory=dict)

    @property
    def accepted_runs(self) -> list[FieldRun]:
        """The runs that the server took, in the order of their creation."""
        return [run for run in self.runs if run.accepted is not None]

    def list_views(self, op: str, *phases: str) -> list[Record]:
        """List the reads of one kind, in these phases or in all."""
        found = self.views.get(op, [])
        return [each for each in found if not phases or each.value.get("phase") in phases]

    @cached_property
    def history(self) -> Record | None:
        """The last listing of checkpoints that nothing was left out of."""
        whole = [each for each in self.list_views("thread.history") if each.value.get("whole")]
        return whole[-1] if whole else None

    @cached_property
    def checkpoints(self) -> Mapping[str, Json]:
        """The checkpoints of the root graph by id, the newest first; {} without a listing."""
        shown = self.history.value["chain"] if self.history else []
        return {each["id"]: each for each in shown if each.get("id") and not each.get("ns")}

    @cached_property
    def head_chain(self) -> list[Json]:
        """The way from the latest checkpoint by parents, turned round: the oldest comes first."""
        return list(self._walk())[::-1]

    def _walk(self) -> Iterator[Json]:
        seen: set[str] = set()
        at = next(iter(self.checkpoints), None)
        while at is not None and at in self.checkpoints and at not in seen:
            seen.add(at)
            yield self.checkpoints[at]
            at = self.checkpoints[at].get("parent")

    @property
    def shows_runs(self) -> bool:
        """Whether checkpoints say which run made them."""
        return any(each.get("run_id") for each in self.checkpoints.values())

    def list_made_by(self, run: FieldRun) -> list[Json]:
        """List the checkpoints of a run on the head chain, the oldest first."""
        return [each for each in self.head_chain if each.get("run_id") == run.run_id]
