"""Named defects of queues: each spoils an honest history in one way, for one check to find."""

from collections.abc import Callable
from random import Random

from onceproof.conformance.history import Record
from onceproof.conformance.history.build import begin, effect, end, entry, fault, ping
from tests.checks.record_edits import (
    drop,
    edit,
    move_to,
    next_token,
    renumber,
    replace_value,
    select,
    select_logs,
)

History = list[Record]
Spoil = Callable[[History, Random], History]
DEFECTS: dict[str, tuple[str, Spoil]] = {}


def defect(check: str) -> Callable[[Spoil], Spoil]:
    """Register a function under its name as a defect that `check`, and no other, must find."""

    def register(spoil: Spoil) -> Spoil:
        DEFECTS[spoil.__name__] = (check, spoil)
        return spoil

    return register


def _final(history: History, nonce: str) -> Record:
    return select(history, "final", nonce)[0]


@defect("lost")
def accepted_run_vanishes(history: History, rng: Random) -> History:
    victim = _final(history, rng.choice(["plain-0", "retry", "queued-1", "recovered"]))
    return edit(history, lambda each: replace_value(each, status=None, log=None), victim)


@defect("lost")
def accepted_run_is_stuck(history: History, rng: Random) -> History:
    nonce = rng.choice(["plain-0", "queued-2"])
    reads = [*select(history, "run.result", nonce), *select(history, "run.status", nonce)]
    history = drop(history, *reads)
    status = rng.choice(["pending", "running"])
    return edit(history, lambda each: replace_value(each, status=status), _final(history, nonce))


@defect("lost")
def committed_step_vanishes(history: History, rng: Random) -> History:
    nonce = rng.choice(["plain-1", "queued-0", "zombie"])

    def forget(read: Record) -> Record:
        kept = [e for e in read.value["log"] if (e["nonce"], e["i"]) != (nonce, 1)]
        return replace_value(read, log=kept)

    return edit(history, forget, *select_logs(history, nonce))


@defect("duplicate")
def step_is_committed_twice(history: History, rng: Random) -> History:
    victim = _final(history, rng.choice(["plain-0", "retry", "zombie"]))
    log = list(victim.value["log"])
    n = rng.randrange(len(log))
    log.insert(n, log[n])
    return edit(history, lambda each: replace_value(each, log=log), victim)


@defect("duplicate")
def step_is_executed_again(history: History, rng: Random) -> History:
    last = select(history, "end", rng.choice(["plain-0", "ticks-0", "queued-2"]))[-1]
    token, nonce, t = next_token(history), last.key or "", last.t
    again = [
        begin(nonce, token, 0, at=t + 1),
        effect(nonce, token, "0", at=t + 2),
        end(nonce, token, at=t + 3),
    ]
    return renumber(history + again)


@defect("phantom")
def unknown_run_is_executed(history: History, rng: Random) -> History:
    t, token = rng.choice(history).t, next_token(history)
    steps = [begin("ghost", token, at=t), effect("ghost", token, at=t), end("ghost", token, at=t)]
    return renumber(history + steps)


@defect("overlap")
def second_attempt_beside_the_first(history: History, rng: Random) -> History:
    first = rng.choice(select(history, "begin", rng.choice(["plain-0", "ticks-1", "queued-0"])))
    token, nonce = next_token(history), first.key or ""
    step = first.value["step"]
    rival = [begin(nonce, token, step, at=first.t + 1), ping(nonce, token, at=first.t + 2)]
    return renumber(history + rival)


@defect("overlap")
def next_step_before_the_last_ended(history: History, rng: Random) -> History:
    second = select(history, "begin", "plain-0")[1]
    first = select(history, "end", "plain-0")[0]
    return edit(history, lambda each: move_to(each, second.t + 1), first)


@defect("thread_overlap")
def two_runs_of_a_thread_at_once(history: History, rng: Random) -> History:
    n = rng.randrange(2)
    last = select(history, "end", f"queued-{n}")[-1]
    following = select(history, "begin", f"queued-{n + 1}")[0]
    return edit(history, lambda each: move_to(each, following.t + 1), last)


@defect("stale_commit")
def older_token_commits_last(history: History, rng: Random) -> History:
    nonce = rng.choice(["plain-0", "queued-1", "retry"])

    def swap(read: Record) -> Record:
        log = list(read.value["log"])
        *_, a, b = [-1, -1, *(n for n, e in enumerate(log) if e["nonce"] == nonce)]
        log[a], log[b] = log[b], log[a]
        return read if a == -1 else replace_value(read, log=log)

    return edit(history, swap, *select_logs(history, nonce))


@defect("stale_commit")
def zombie_rewrites_the_state(history: History, rng: Random) -> History:
    victim = _final(history, "zombie")
    ends = {each.value["token"] for each in select(history, "end", "zombie")}
    committed = {e["token"] for e in victim.value["log"]}
    [late] = ends - committed
    step = next(e.value["step"] for e in select(history, "begin", "zombie", token=late))
    log = [
        entry("zombie", e["i"], late if e["i"] == step else e["token"]) for e in victim.value["log"]
    ]
    return edit(history, lambda each: replace_value(each, log=log), victim)


@defect("stale_commit")
def run_goes_on_after_its_end(history: History, rng: Random) -> History:
    seen = next(
        each
        for each in select(history, "run.status", "plain-1", status="success")
        if each.kind == "ok"
    )
    token, log = next_token(history), _final(history, "plain-1").value["log"]
    late = [begin("plain-1", token, 99, at=seen.t + 1), end("plain-1", token, at=seen.t + 2)]
    spoilt = [*log, entry("plain-1", 99, token)]
    history = edit(
        history, lambda each: replace_value(each, log=spoilt), _final(history, "plain-1")
    )
    return renumber(history + late)


@defect("monotonic_status")
def terminal_status_is_overwritten(history: History, rng: Random) -> History:
    status = rng.choice(["error", "interrupted", "timeout"])
    victim = _final(history, rng.choice(["plain-0", "zombie", "queued-0"]))
    return edit(history, lambda each: replace_value(each, status=status), victim)


@defect("monotonic_status")
def terminal_status_is_left(history: History, rng: Random) -> History:
    nonce = rng.choice(["plain-0", "queued-1", "ticks-0"])
    [*_, last] = [each for each in select(history, "run.status", nonce) if each.kind == "ok"]
    running = replace_value(last, status="running", call_t=last.t + 1)
    again = [move_to(last, last.t + 1), move_to(running, last.t + 2)]
    return renumber(history + again)


@defect("monotonic_status")
def run_is_queued_again_for_no_reason(history: History, rng: Random) -> History:
    nonce = rng.choice(["plain-1", "queued-0"])
    first = next(each for each in select(history, "run.status", nonce) if each.kind == "ok")
    reads = [
        move_to(replace_value(first, status="running"), first.t - 2),
        move_to(replace_value(first, status="pending", call_t=first.t - 2), first.t - 1),
    ]
    return renumber([*drop(history, first), *reads, first])


@defect("assumptions")
def fault_is_not_healed(history: History, rng: Random) -> History:
    return renumber([*history, fault("kill", "inject", at=rng.choice(history).t)])


@defect("assumptions")
def client_does_two_things_at_once(history: History, rng: Random) -> History:
    victim = rng.choice([each for each in select(history, "run.status") if each.kind == "invoke"])
    return renumber([*history, move_to(replace_value(victim), victim.t)])


@defect("assumptions")
def sink_lost_the_end_of_a_committed_step(history: History, rng: Random) -> History:
    return drop(history, rng.choice(select(history, "end", "plain-0")))
