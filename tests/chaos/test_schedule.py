"""Schedules of faults: the same again from a seed, kept and loaded, refused if they do not fit."""

from pathlib import Path

import pytest

from onceproof.conformance.errors import UsageError
from onceproof.conformance.faults import schedule
from onceproof.conformance.faults.catalogue import FAULT_KINDS, Entry, Topology

PLACES = Topology(apis=["api-1", "api-2"], workers=["worker-1", "worker-2"], lease_s=2.0)


def test_a_seed_gives_the_same_schedule_again_and_another_seed_another_one() -> None:
    assert schedule.draw(1, 60, PLACES) == schedule.draw(1, 60, PLACES)
    assert schedule.draw(1, 60, PLACES) != schedule.draw(2, 60, PLACES)


def test_a_longer_chaos_of_a_seed_begins_as_the_shorter_one() -> None:
    short, long = schedule.draw(7, 60, PLACES), schedule.draw(7, 300, PLACES)
    assert long[: len(short)] == short


def test_every_kind_comes_before_any_comes_twice() -> None:
    entries = schedule.draw(3, 600, PLACES)
    first = [entry.fault for entry in entries[: len(FAULT_KINDS)]]
    assert sorted(first) == sorted(FAULT_KINDS)


def test_entries_are_in_order_within_the_time_and_hit_what_there_is() -> None:
    entries = schedule.draw(4, 600, PLACES)
    times = [entry.at_s for entry in entries]
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] < 600
    replicas = {hit for entry in entries for hit in entry.hits if hit[-1].isdigit()}
    assert replicas == set(PLACES.replicas)


def test_a_stall_is_longer_than_the_lease() -> None:
    stalls = ("worker-stalled", "loop-blocked", "redis-partitioned", "postgres-partitioned")
    entries = schedule.draw(5, 300, PLACES, stalls)
    assert {entry.fault for entry in entries} == set(stalls)
    assert all(entry.lasts_s > PLACES.lease_s for entry in entries)


def test_only_the_kinds_that_are_named() -> None:
    assert {e.fault for e in schedule.draw(1, 60, PLACES, ["redis-flushed"])} == {"redis-flushed"}
    with pytest.raises(UsageError, match="unknown --fault 'redis-eaten'; choose one of worker-"):
        schedule.draw(1, 60, PLACES, ["redis-eaten"])


def test_a_process_that_is_an_api_and_a_worker_is_hit_once() -> None:
    both = Topology(apis=["all-1"], workers=["all-1"], lease_s=1)
    [entry] = schedule.draw(1, 2, both, ["all-killed"])
    assert entry.hits == ("all-1",)


def test_what_is_kept_can_be_loaded(tmp_path: Path) -> None:
    entries = schedule.draw(1, 120, PLACES)
    schedule.save_schedule(entries, tmp_path / "schedule.json")
    assert schedule.load_schedule(tmp_path / "schedule.json", PLACES) == entries


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "cannot be read as a schedule of faults"),
        ('[{"at_s": 1}]', "cannot be read as a schedule of faults"),
        (
            '[{"at_s":1,"fault":"gone","lasts_s":0,"hits":[]}]',
            "unknown --fault 'gone'; choose one",
        ),
        ('[{"at_s":1,"fault":"worker-killed","lasts_s":0,"hits":["worker-9"]}]', "'worker-9'"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused(
    tmp_path: Path, content: str, sentence: str
) -> None:
    path = tmp_path / "schedule.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=sentence):
        schedule.load_schedule(path, PLACES)
    with pytest.raises(UsageError, match="cannot be read as a schedule of faults"):
        schedule.load_schedule(tmp_path / "nowhere.json", PLACES)


def test_an_entry_says_what_it_does() -> None:
    assert str(Entry(1, "redis-half-open", 3.5, ("redis",))) == "redis-half-open of redis for 3.5 s"
    assert str(Entry(1, "redis-flushed", 0, ("redis",))) == "redis-flushed of redis"
