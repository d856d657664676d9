"""Named defects of streams, registered beside those of the queue."""

from random import Random

from tests.checks.queue_defects import History, defect
from tests.checks.record_edits import (
    drop,
    edit,
    renumber,
    replace_value,
    select,
    select_numbered_events,
)

READERS = ["ticks-0/first", "ticks-1/replay", "ticks-1/first"]


@defect("stream_order")
def event_is_dropped(history: History, rng: Random) -> History:
    key = rng.choice([*READERS, "ticks-0/cut", "ticks-1/late"])
    events = select_numbered_events(history, key)
    middle = events[1:-1] or events
    if len(events) < 3:
        return event_is_dropped(history, rng)
    return drop(history, rng.choice(middle))


@defect("stream_order")
def events_are_swapped(history: History, rng: Random) -> History:
    events = select_numbered_events(history, rng.choice(READERS))
    n = rng.randrange(len(events) - 1)
    one, other = events[n], events[n + 1]
    values = {one.i: other.value, other.i: one.value}
    return edit(history, lambda each: replace_value(each, **values[each.i]), one, other)


@defect("stream_order")
def event_arrives_twice(history: History, rng: Random) -> History:
    event = rng.choice(select_numbered_events(history, rng.choice([*READERS, "ticks-1/cut"])))
    return renumber([*history, event])


@defect("stream_bounds")
def tail_is_truncated(history: History, rng: Random) -> History:
    key = rng.choice([*READERS, "ticks-0/resumed", "ticks-1/late"])
    events = select_numbered_events(history, key)
    first = events[-rng.randrange(1, min(4, len(events)) + 1)] if "/late" not in key else events[-1]
    later = [each for each in select(history, "sub.event", key) if each.i >= first.i]
    if "/late" in key and len(events) == 1:
        return tail_is_truncated(history, rng)
    return drop(history, *later)


@defect("stream_bounds")
def head_is_missing(history: History, rng: Random) -> History:
    events = select_numbered_events(history, rng.choice(READERS))
    return drop(history, *events[: rng.randrange(1, 3)])


@defect("stream_bounds")
def subscriber_gets_nothing(history: History, rng: Random) -> History:
    key = rng.choice([*READERS, "ticks-0/resumed"])
    return drop(history, *select(history, "sub.event", key))


@defect("stream_bounds")
def stream_goes_on_beyond_its_total(history: History, rng: Random) -> History:
    last = select_numbered_events(history, rng.choice(READERS))[-1]
    extra = replace_value(last, seq=last.value["total"])
    return renumber([*history, extra])


@defect("resume_equality")
def resume_skips_one(history: History, rng: Random) -> History:
    key = rng.choice(["ticks-0/resumed", "ticks-1/resumed"])
    return drop(history, select_numbered_events(history, key)[0])


@defect("resume_equality")
def resume_repeats_one(history: History, rng: Random) -> History:
    name = rng.choice(["ticks-0", "ticks-1"])
    last = select_numbered_events(history, f"{name}/cut")[-1]
    first = select(history, "sub.event", f"{name}/resumed")[0]
    repeated = replace_value(first, **last.value)
    return renumber([*history[: first.i], repeated, *history[first.i :]])


@defect("resume_equality")
def resume_loses_an_uncounted_event(history: History, rng: Random) -> History:
    key = rng.choice(["ticks-0/resumed", "ticks-1/resumed"])
    return drop(history, select(history, "sub.event", key, name="values")[0])


@defect("resume_equality")
def resume_replays_other_content(history: History, rng: Random) -> History:
    victim = rng.choice(
        select_numbered_events(history, rng.choice(["ticks-0/resumed", "ticks-1/resumed"]))
    )
    return edit(history, lambda each: replace_value(each, digest="other"), victim)


@defect("subscriber_agreement")
def subscriber_misses_an_uncounted_event(history: History, rng: Random) -> History:
    key, name = rng.choice(READERS), rng.choice(["updates", "values"])
    return drop(history, select(history, "sub.event", key, name=name)[0])


@defect("subscriber_agreement")
def subscriber_gets_other_content(history: History, rng: Random) -> History:
    victim = rng.choice(select_numbered_events(history, rng.choice([*READERS, "ticks-0/late"])))
    return edit(history, lambda each: replace_value(each, h="other"), victim)
