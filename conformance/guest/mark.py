"""The mark: by it the harness knows again what it made, among all that others made.

Two keys of the metadata, since a search finds exact values only: `onceproof` has the same value in
every run, so that all that is left anywhere can be searched for, and `onceproof_run` has the run's
own. A namespace of the store begins with `onceproof_run` and the run's id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

#: In the metadata of everything that any run made.
ANY, ANY_VALUE = "onceproof", "guest"
#: In the metadata: the run that made it. Also the first label of a namespace.
RUN = "onceproof_run"


@dataclass(frozen=True)
class Mark:
    """The mark of one run of the harness."""

    run_id: str = field(default_factory=lambda: uuid4().hex[:12])

    @property
    def metadata(self) -> dict[str, str]:
        """What metadata carry."""
        return {ANY: ANY_VALUE, RUN: self.run_id}

    @property
    def namespace(self) -> list[str]:
        """The labels with which every namespace begins."""
        return [RUN, self.run_id]


def has_mark(metadata: object, run_id: str | None = None) -> bool:
    """Return whether metadata carry the mark of any run, or else of the one that is named."""
    if not isinstance(metadata, Mapping) or metadata.get(ANY) != ANY_VALUE:
        return False
    found = metadata.get(RUN)
    return isinstance(found, str) if run_id is None else found == run_id


def is_marked_namespace(namespace: object, run_id: str | None = None) -> bool:
    """Return whether a namespace begins with the mark of any run, or else of the one named."""
    if not isinstance(namespace, Sequence) or isinstance(namespace, str) or len(namespace) < 2:
        return False
    return namespace[0] == RUN and (run_id is None or namespace[1] == run_id)


def without_mark(metadata: Mapping[str, object]) -> dict[str, object]:
    """Return metadata as they are without the mark, to be compared with what a test asked for."""
    return {name: value for name, value in metadata.items() if name not in (ANY, RUN)}
