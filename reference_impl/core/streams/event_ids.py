"""The events of a run in their order, and how a reader knows that it has them all.

The id of an event is `<ms>-<number>`: when its attempt began, and its place in the attempt, from 0
and without a gap. Redis may lose what is published: its buffers by a restart or a FLUSHALL, what
is on its way by a cut connection. The numbers show it, and the reader gets an error where silence
would look like a complete stream.
"""

from collections.abc import Iterable
from typing import NamedTuple

#: The id before all others.
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
    """Return whether it says that the run is over.

    Its id is the one that the next event would have had; empty if that is no longer known.
    """
    return not event.name and event.data == "end"


class StreamGap(Exception):
    """Events that the reader has not had are lost, or may be."""

    def __init__(self, last: str) -> None:
        super().__init__(f"what came after event {last} is lost: read the run or its thread")


def order(event_id: str) -> tuple[int, int]:
    """Return what to compare an id by: when its attempt began, and its place in it."""
    ms, _, number = event_id.partition("-")
    return int(ms), int(number or 0)


def follow(after: str, event: Event) -> None:
    """Require that the event comes right after the one with the id `after`; raises StreamGap."""
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
        """Return the events of the batch that are new to the reader; StreamGap if some are missing.

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
