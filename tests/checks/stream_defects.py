"""Named defects of streams, registered beside those of the queue."""

from random import Random

from tests.checks.defects import History, defect
from tests.checks.editing import changed, edit, renumbered, select, sequenced, without

READERS = ["ticks-0/first", "ticks-1/replay", "ticks-1/first"]


@defect("stream_order")
def event_is_dropped(history: History, rng: Random) -> History:
    key = rng.choice([*READERS, "ticks-0/cut", "ticks-1/late"])
    events = sequenced(history, key)
    middle = events[1:-1] or events
    if len(events) < 3:
        return event_is_dropped(history, rng)
    return without(history, rng.choice(middle))


@defect("stream_order")
def events_are_swapped(history: History, rng: Random) -> History:
    events = sequenced(history, rng.choice(READERS))
    n = rng.randrange(len(events) - 1)
    one, other = events[n], events[n + 1]
    values = {one.i: other.value, other.i: one.value}
    return edit(history, lambda each: changed(each, **values[each.i]), one, other)


@defect("stream_order")
def event_arrives_twice(history: History, rng: Random) -> History:
    event = rng.choice(sequenced(history, rng.choice([*READERS, "ticks-1/cut"])))
    return renumbered([*history, event])


@defect("stream_bounds")
def tail_is_truncated(history: History, rng: Random) -> History:
    key = rng.choice([*READERS, "ticks-0/resumed", "ticks-1/late"])
    events = sequenced(history, key)
    first = events[-rng.randrange(1, min(4, len(events)) + 1)] if "/late" not in key else events[-1]
    later = [each for each in select(history, "sub.event", key) if each.i >= first.i]
    if "/late" in key and len(events) == 1:
        return tail_is_truncated(history, rng)
    return without(history, *later)


@defect("stream_bounds")
def head_is_missing(history: History, rng: Random) -> History:
    events = sequenced(history, rng.choice(READERS))
    return without(history, *events[: rng.randrange(1, 3)])


@defect("stream_bounds")
def subscriber_gets_nothing(history: History, rng: Random) -> History:
    key = rng.choice([*READERS, "ticks-0/resumed"])
    return without(history, *select(history, "sub.event", key))


@defect("stream_bounds")
def stream_goes_on_beyond_its_total(history: History, rng: Random) -> History:
    last = sequenced(history, rng.choice(READERS))[-1]
    extra = changed(last, seq=last.value["total"])
    return renumbered([*history, extra])


@defect("resume_equality")
def resume_skips_one(history: History, rng: Random) -> History:
    key = rng.choice(["ticks-0/resumed", "ticks-1/resumed"])
    return without(history, sequenced(history, key)[0])


@defect("resume_equality")
def resume_repeats_one(history: History, rng: Random) -> History:
    name = rng.choice(["ticks-0", "ticks-1"])
    last = sequenced(history, f"{name}/cut")[-1]
    first = select(history, "sub.event", f"{name}/resumed")[0]
    repeated = changed(first, **last.value)
    return renumbered([*history[: first.i], repeated, *history[first.i :]])


@defect("resume_equality")
def resume_loses_an_uncounted_event(history: History, rng: Random) -> History:
    key = rng.choice(["ticks-0/resumed", "ticks-1/resumed"])
    return without(history, select(history, "sub.event", key, name="values")[0])


@defect("resume_equality")
def resume_replays_other_content(history: History, rng: Random) -> History:
    victim = rng.choice(sequenced(history, rng.choice(["ticks-0/resumed", "ticks-1/resumed"])))
    return edit(history, lambda each: changed(each, digest="other"), victim)


@defect("subscriber_agreement")
def subscriber_misses_an_uncounted_event(history: History, rng: Random) -> History:
    key, name = rng.choice(READERS), rng.choice(["updates", "values"])
    return without(history, select(history, "sub.event", key, name=name)[0])


@defect("subscriber_agreement")
def subscriber_gets_other_content(history: History, rng: Random) -> History:
    victim = rng.choice(sequenced(history, rng.choice([*READERS, "ticks-0/late"])))
    return edit(history, lambda each: changed(each, h="other"), victim)
