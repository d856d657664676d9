"""The reference server: real LangGraph graphs, exactly-once by construction.

Its core, `core/`, is readable in an afternoon. Everything else (`api/`, `auth/`, `webhooks/`,
`resources/`, `deployment/`) stands on it and is not needed to follow one run from its acceptance
to its end. Read the core in this order, each with the statements it names in `sql/queries/`:

1. `sql/schema/schema.sql` and `functions.sql`: the durable state, and how a run is accepted
   and ended in one round trip each.
2. `core/run.py`: what a run executes, how it is accepted and how it ends.
3. `core/queue.py`: acceptance, claim, lease and terminal status; `core/group_commit.py` batches
   them, `core/idempotency.py` makes a client's retry safe.
4. `core/recovery.py`: runs whose worker is gone. `core/heartbeat.py`: what keeps a lease alive.
5. `core/checkpoints/`: state as rows (`rows.py`), fenced by the attempt (`fenced.py`), written in
   batches (`writer.py`), and read or changed without a run (`thread_state.py`).
6. `core/streams/`: what the graph emits (`events.py`) is published in order (`publisher.py`)
   through Redis (`broker.py`, `scripts.py`, `pipeline.py`), received (`listener.py`,
   `subscription.py`), and known to be complete by its numbers (`event_ids.py`).
7. `core/attempt.py`: one execution of one run. `core/execution.py`: how its end is stored.
   `core/containment.py`: what a node may do to its process. `core/quarantine.py`, `core/alone.py`:
   a run that has lost a worker before gets a process of its own.
8. `core/worker.py`: a process' slots, from claim to drain. `core/engine.py`: the parts that all of
   these are given.

`services.py` puts a server together, `app.py` and `api/` put it on HTTP, `serving.py` runs it.
"""
