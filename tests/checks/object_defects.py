"""Named defects of what lies beside the queue and the streams, registered with the others."""

from random import Random

import msgspec

from onceproof.conformance.history import Record
from onceproof.conformance.history.build import begin, fault, invoke, ok
from tests.checks.queue_defects import History, defect
from tests.checks.record_edits import (
    drop,
    edit,
    move_to,
    next_token,
    renumber,
    replace_value,
    select,
)

LONG = 70_000_000_000


@defect("resurrected")
def refused_run_is_executed(history: History, rng: Random) -> History:
    t, token = history[-1].t, next_token(history)
    return renumber([*history, begin("refused", token, at=t)])


@defect("resurrected")
def deleted_run_is_executed(history: History, rng: Random) -> History:
    [deleted] = [each for each in select(history, "run.delete") if each.kind == "ok"]
    late = begin("deleted", next_token(history), 7, at=deleted.t + rng.randrange(1, 1000))
    return renumber([*history, late])


@defect("cross_talk")
def state_of_another_thread(history: History, rng: Random) -> History:
    [victim] = select(history, "final", "plain-0")
    foreign = rng.choice(select(history, "final", "plain-1")[0].value["log"])
    return edit(
        history, lambda each: replace_value(each, log=[*each.value["log"], foreign]), victim
    )


@defect("cross_talk")
def event_of_another_run(history: History, rng: Random) -> History:
    before = rng.choice(select(history, "sub.event", "ticks-0/first"))
    foreign = rng.choice(select(history, "sub.event", "ticks-1/first", name="custom"))
    event = move_to(replace_value(before, **foreign.value), before.t)
    return renumber([*history, event])


@defect("attempt_splice")
def zombie_goes_on_streaming(history: History, rng: Random) -> History:
    events = select(history, "sub.event", nonce="reticks")
    tokens = sorted({each.value["token"] for each in events if each.value.get("token")})
    old = [each for each in events if each.value.get("token") == tokens[0]]
    last = max(old, key=lambda each: each.value["seq"])
    stray = {**last.value, "seq": last.value["seq"] + 1, "id": "stray", "digest": "stray"}
    spliced, begun = [], set()
    for each in history:
        newer = each.op == "sub.event" and each.value.get("token") == tokens[1]
        if newer and each.value["seq"] == each.value["total"] - 1 and each.key in begun:
            spliced.append(replace_value(each, **stray))
        if newer:
            begun.add(each.key)
        spliced.append(each)
    return renumber(spliced)


@defect("status_linearizable")
def another_client_sees_the_run_waiting_again(history: History, rng: Random) -> History:
    nonce = rng.choice(["plain-0", "queued-1", "ticks-0"])
    first = next(each for each in select(history, "run.status", nonce) if each.kind == "ok")
    reads = [
        ok("run.status", nonce, who="x1", at=first.t - 4, status="running", call_t=first.t - 5),
        ok("run.status", nonce, who="x2", at=first.t - 2, status="pending", call_t=first.t - 3),
    ]
    return renumber([*history, *reads])


@defect("list_append")
def quiescent_read_lacks_what_was_shown(history: History, rng: Random) -> History:
    [victim] = select(history, "final", rng.choice(["queued-0", "queued-1"]))
    kept = [entry for entry in victim.value["log"] if entry["nonce"] != "queued-2"]
    return edit(history, lambda each: replace_value(each, log=kept), victim)


@defect("list_append")
def two_readers_see_two_orders(history: History, rng: Random) -> History:
    [victim] = select(history, "final", rng.choice(["queued-0", "queued-1", "queued-2"]))
    log = list(victim.value["log"])
    n = next(n for n, entry in enumerate(log) if entry["nonce"] == "queued-1")
    log[n - 1], log[n] = log[n], log[n - 1]
    return edit(history, lambda each: replace_value(each, log=log), victim)


@defect("checkpoint_chain")
def rival_checkpoint(history: History, rng: Random) -> History:
    [listing] = select(history, "thread.history")
    chain = list(listing.value["chain"])
    rival = {**rng.choice(chain[1:-1]), "id": "rival"}
    return edit(history, lambda each: replace_value(each, chain=[rival, *chain]), listing)


@defect("checkpoint_chain")
def checkpoint_skips_a_step(history: History, rng: Random) -> History:
    [listing] = select(history, "thread.history")
    chain = [dict(entry) for entry in listing.value["chain"]]
    chain[0]["step"] += 1
    return edit(history, lambda each: replace_value(each, chain=chain), listing)


@defect("progress")
def accepted_run_is_not_listed(history: History, rng: Random) -> History:
    listing = rng.choice(select(history, "thread.runs"))
    ids = list(listing.value["run_ids"])
    ids.remove(rng.choice(ids))
    return edit(history, lambda each: replace_value(each, run_ids=ids), listing)


@defect("cron_ticks")
def cron_fires_twice(history: History, rng: Random) -> History:
    [watched] = select(history, "cron.fires")
    fires = list(watched.value["fires_s"])
    fires.append(rng.choice(fires[:-1]))
    return edit(history, lambda each: replace_value(each, fires_s=fires), watched)


@defect("cron_ticks")
def cron_skips_a_due_time(history: History, rng: Random) -> History:
    [watched] = select(history, "cron.fires")
    fires = list(watched.value["fires_s"])
    fires.remove(rng.choice(fires[:-1]))
    return edit(history, lambda each: replace_value(each, fires_s=fires), watched)


@defect("recovery")
def run_is_picked_up_too_late(history: History, rng: Random) -> History:
    heals = [each for each in history if each.kind == "fault" and each.value["phase"] == "heal"]
    heal = rng.choice([each for each in heals if each.op == "kill"])

    # What is under way comes to its end all the same: only then is nothing else broken.
    begun = {each.value["token"] for each in history[: heal.i] if each.kind == "effect"}

    def later(each: Record) -> Record:
        if each.kind == "effect" and each.value["token"] in begun:
            return each
        if each.i > heal.i:
            each = move_to(each, each.t + LONG)
        call_t = each.value.get("call_t", 0)
        return replace_value(each, call_t=call_t + LONG) if call_t > heal.t else each

    return renumber(map(later, history))


@defect("linearizable")
def item_is_read_stale(history: History, rng: Random) -> History:
    t, who = history[-1].t, "stale"
    operations = []
    for n, (op, value) in enumerate(
        [("put", {"arg": "a"}), ("put", {"arg": "b"}), ("get", {"result": "a"})]
    ):
        asked = value if op == "put" else {}
        answer = {} if op == "put" else value
        operations += [
            invoke(f"store.{op}", "s item", who=who, at=t + 2 * n, **asked),
            ok(f"store.{op}", "s item", who=who, at=t + 2 * n + 1, **answer),
        ]
    return renumber([*history, *operations])


@defect("decided_once")
def run_goes_on_after_a_cancel_that_waited(history: History, rng: Random) -> History:
    [answer] = [e for e in select(history, "run.cancel", "cancelled") if e.kind == "ok"]
    history = drop(history, *select(history, "run.status", "cancelled"))
    status = rng.choice(["pending", "running"])
    late = ok(
        "run.status", "cancelled", who="x", at=answer.t + 2, status=status, call_t=answer.t + 1
    )
    return renumber([*history, late])


@defect("decided_once")
def run_goes_on_after_a_cancel_came_too_late(history: History, rng: Random) -> History:
    [answer] = [e for e in select(history, "run.cancel", "outrun") if e.kind == "fail"]
    history = drop(history, *select(history, "run.status", "outrun"))
    late = ok(
        "run.status", "outrun", who="x", at=answer.t + 2, status="running", call_t=answer.t + 1
    )
    return renumber([*history, late])


@defect("decided_once")
def deleted_run_is_shown(history: History, rng: Random) -> History:
    [answer] = [each for each in select(history, "run.delete") if each.kind == "ok"]
    t = answer.t + rng.randrange(2, 1000)
    late = ok("run.status", "deleted", who="x", at=t, status="success", call_t=t - 1)
    return renumber([*history, late])


@defect("created_once")
def two_clients_create_one_id(history: History, rng: Random) -> History:
    t = history[-1].t
    twice = [_creation(who, t, "raise", f"made by {who}") for who in ("x1", "x2")]
    return renumber([*history, *twice[0], *twice[1]])


@defect("created_once")
def two_clients_are_shown_two_threads_of_one_id(history: History, rng: Random) -> History:
    t = history[-1].t
    shown = [_creation(who, t, "do_nothing", f"made for {who}") for who in ("x1", "x2")]
    return renumber([*history, *shown[0], *shown[1]])


@defect("created_once")
def deleted_id_stays_taken(history: History, rng: Random) -> History:
    t, key = history[-1].t, "s one"
    deleted = [
        invoke("thread.delete", key, who="x1", at=t + 1),
        ok("thread.delete", key, who="x1", at=t + 2),
    ]
    asked, refused = _creation("x2", t + 3, "raise", "")
    refused = msgspec.structs.replace(refused, kind="fail", value={}, http={"status": 409})
    return renumber([*history, *deleted, asked, refused])


def _creation(who: str, t: int, rule: str, result: str, subject: str = "thread") -> History:
    asked = invoke(f"{subject}.create", "s one", who=who, at=t + 1, arg=rule)
    return [asked, ok(f"{subject}.create", "s one", who=who, at=t + 2, result=result)]


@defect("assistant_created_once")
def two_clients_create_one_assistant(history: History, rng: Random) -> History:
    t = history[-1].t
    twice = [_creation(who, t, "raise", f"made by {who}", "assistant") for who in ("x1", "x2")]
    return renumber([*history, *twice[0], *twice[1]])


@defect("version_order")
def two_updates_make_one_version(history: History, rng: Random) -> History:
    updates = [e for e in select(history, "assistant.update") if e.kind == "ok"]
    newest = max((each.value["result"] for each in updates), default=1)
    t = history[-1].t
    twice = [
        record
        for who in ("v1", "v2")
        for record in (
            invoke("assistant.update", "s assistant", who=who, at=t + 1),
            ok("assistant.update", "s assistant", who=who, at=t + 2, result=newest + 1),
        )
    ]
    return renumber([*history, *twice])


@defect("expected_end")
def run_ends_otherwise_than_expected(history: History, rng: Random) -> History:
    [mark] = select(history, "expected-end", nonce="retry")
    return edit(history, lambda each: replace_value(each, statuses=["error", "timeout"]), mark)


@defect("expected_end")
def run_is_tried_too_often(history: History, rng: Random) -> History:
    [mark] = select(history, "expected-end", nonce="retry")
    return edit(history, lambda each: replace_value(each, most=1), mark)


@defect("expected_end")
def process_that_died_stays_down(history: History, rng: Random) -> History:
    marks = select(history, "expected-end")
    history = edit(history, lambda each: replace_value(each, fatal=True), *marks)
    phases = ({"phase": "inject"}, {"phase": "heal", "up": False})
    died = [fault("process-died", at=history[0].t, nonces=[], **each) for each in phases]
    return renumber([*died, *history])


@defect("expected_end")
def process_dies_of_no_fatal_run(history: History, rng: Random) -> History:
    t = history[0].t
    died = [fault("process-died", phase, at=t, nonces=[]) for phase in ("inject", "heal")]
    return renumber([*died, *history])
