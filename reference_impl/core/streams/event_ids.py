"""The events of a run in their order, and how a reader knows that it has them all.

The id of an event is `<ms>-<number>`: when its attempt began, and its place in the attempt, from 0
and without a gap. Redis may lose what is published: its buffers by a restart or a FLUSHALL, what
is on its way by a cut connection. The numbers show it, and a reader is told that it cannot go on,
where silence would look like a whole stream.
"""

from collections.abc import Iterable
from typing import NamedTuple

#: The id in front of all others.
START = "0-0"


class Event(NamedTuple):
    """One event of a run's stream, or a notice to its readers, which has no name."""

    id: str
    name: str
    data: str

    @property
    def elsewhere(self) -> str | None:
        """The Redis key that holds the data of a large event; see `Broker.whole`."""
        return self.data[1:] if self.data.startswith("\0") else None


#: The name of the notice that brings the answer of a run that has ended.
ANSWER = "answer"
#: Ends a subscription whose reader lagged too far behind.
OVERFLOW = Event("", "", "overflow")
#: The connection to Redis was lost for a while, and with it maybe events.
LOST = Event("", "", "lost")


def is_end(event: Event) -> bool:
    """Whether it says that the run is over.

    Its id is the one that the next event would have had; none if that is not known any more.
    """
    return not event.name and event.data == "end"


class StreamGap(Exception):
    """Events that the reader has not had are lost, or not known not to be."""

    def __init__(self, last: str) -> None:
        super().__init__(f"what came after event {last} is lost: read the run or its thread")


def order(event_id: str) -> tuple[int, int]:
    """What to compare an id by."""
    ms, _, number = event_id.partition("-")
    return int(ms), int(number or 0)


def follow(after: str, event: Event) -> None:
    """StreamGap unless the event is known to come right after the one with the id `after`."""
    if not _adjoins(order(after), event):
        raise StreamGap(after)


def _adjoins(last: tuple[int, int], event: Event) -> bool:
    if not event.id:
        return last == (0, 0)
    ms, number = order(event.id)
    if is_end(event):
        return (ms, number - 1) == last
    return number == 0 if last == (0, 0) else (ms, number) == (last[0], last[1] + 1)


class Position:
    """How far a reader has come in the events of one run.

    It begins after the event it names; a reader that names none begins with whatever comes first.
    """

    def __init__(self, after: str | None) -> None:
        self._last = None if after is None else order(after)
        self._shaken = False

    @property
    def id(self) -> str:
        """The id of the last event that the reader has had, or has not asked for."""
        return "{}-{}".format(*(self._last or (0, 0)))

    def take(self, batch: Iterable[Event]) -> list[Event]:
        """The events of the batch that the reader has not had; StreamGap if some are missing.

        With a StreamGap, nothing of the batch has been taken.
        """
        last, shaken, fresh = self._last, self._shaken, []
        for event in batch:
            if event.name:
                at = order(event.id)
                if last is not None and at <= last:
                    continue
                new_attempt = at[1] == 0 and not shaken
                if last is not None and not new_attempt and not _adjoins(last, event):
                    raise StreamGap(self.id)
                last, shaken = at, False
                fresh.append(event)
            elif event == LOST:
                shaken = True
            elif is_end(event) and self._misses(last, shaken, event):
                raise StreamGap(self.id)
        self._last, self._shaken = last, shaken
        return fresh

    @staticmethod
    def _misses(last: tuple[int, int] | None, shaken: bool, end: Event) -> bool:
        """Whether events may be missing before the end."""
        if last is None or not end.id:
            return shaken
        return not _adjoins(last, end)
