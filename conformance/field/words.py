"""The words of a field run's history, beside those of `conformance.history.vocabulary`.

    run.create     key: label of the run      thread_id, strategy, purpose; then run_id
    run.status     key: label                 status, replica, call_t, updated_at, attempt
    run.result     key: label                 via ("join" or "wait"), keys
    run.cancel     key: label
    sub.open       key: reader                label, role, replica, after, modes
    sub.event      key: reader                label, name, ns, id, digest, and what is kept
    sub.close      key: reader                reason, texts, wholes
    thread.read    key: thread                status, keys, questions, updated_at
    thread.state   key: thread                checkpoint, keys, questions, messages
    thread.history key: thread                whole, chain
    thread.runs    key: thread                runs
    list.threads   key: what was asked        asked, ids, statuses
    list.count     key: what was asked        asked, count
    field.hands    what can be broken         faults, lacks, lease_ms
    field.stopped  a process that was asked to end has ended
    app.hosted     the application is hosted here, beside the reference server: graphs
    app.fault      what its logs say was wrong with it: kind, run_id, text

A fault is recorded as `conformance.faults` does, with the name of what was broken as `replica`.
Elsewhere `replica` is the one that was asked, by its number; `phase` says when a view was read.
"""

#: What is made carries besides the mark of a guest: a thread the nonce of this certification, a
#: run `<nonce>.<label>`.
MARK, RUN_MARK = "onceproof_field", "onceproof_label"

#: When a view of a thread was read: once its run had been seen to end, once all runs had, and once
#: more before everything is removed.
ENDED, REST, LATE = "ended", "rest", "late"

#: What readers of a run do: follow it from its creation, be cut and resume, join after its end.
LIVE, CUT, JOINED = "live", "cut", "joined"

#: An application that is hosted for its own sake, and what was wrong with it.
HOSTED, APP_FAULT = "app.hosted", "app.fault"

#: What can be broken here, and the end of a process that was asked to end.
HANDS, STOPPED = "field.hands", "field.stopped"

#: How long after an end a server may still be putting things away.
GRACE_NS = 2_000_000_000
