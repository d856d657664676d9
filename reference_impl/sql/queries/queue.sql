-- The run queue: acceptance, claim, lease, terminal status. All times are Postgres' own: a worker's
-- clock decides nothing.
--
-- Lock order, here and in every other file: first the thread, then its runs, then what hangs on them
-- (checkpoints, writes, crons). Several threads are locked in the order of their ids, each until the
-- commit. A statement that locks many rows in an order of its own skips those that are locked.

-- name: LOCK_THREAD
-- Lock a thread, and with it the creation, claim and end of its runs.
select 1 from thread where thread_id = $1 for update

-- name: CREATE_THREAD
-- Create a thread unless it exists.
insert into thread (thread_id, metadata) values ($1, $2)
on conflict (thread_id) do nothing

-- name: IS_PERMITTED
-- Return whether a thread fulfils a rule; no row if there is no such thread.
select permits($2, metadata) from thread where thread_id = $1

-- name: ACCEPT_RUNS
-- Accept many runs (see schema/functions.sql), those of one thread in their order.
select accepted.* from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::jsonb[], $5::jsonb[], $6::jsonb[], $7::jsonb[],
    $8::text[], $9::float8[], $10::jsonb[], $11::boolean[]
) as new (run_id, thread_id, assistant_id, assistant_metadata, metadata, names, kwargs, strategy,
          delay_s, config, make_thread)
cross join lateral accept_run(
    new.run_id, new.thread_id, new.assistant_id, new.assistant_metadata, new.metadata, new.names,
    new.kwargs, new.strategy, new.delay_s, new.config, new.make_thread
) as accepted

-- name: FINISH_RUNS
-- End many runs (see schema/functions.sql).
select ended.run_id, ended.attempt, finish_run(
    ended.run_id, ended.attempt, ended.status, ended.output, ended."values", ended.interrupts,
    ended.error, ended.resting, ended.hide
) as more
from unnest(
    $1::uuid[], $2::int[], $3::text[], $4::jsonb[], $5::jsonb[], $6::jsonb[], $7::jsonb[],
    $8::text[], $9::boolean[]
) as ended (run_id, attempt, status, output, "values", interrupts, error, resting, hide)

-- name: SETTLE
-- Bring a thread in line with its runs (see schema/functions.sql).
select settle($1)

-- name: ACTIVE_RUNS
-- List a thread's runs that have not ended, in the order of their acceptance.
select run_id, status, attempt from run
where thread_id = $1 and status in ('pending', 'running') order by seq

-- name: THREAD_OF_RUN
-- Return the thread of a run.
select thread_id from run where run_id = $1

-- name: LOCK_RUN
-- Lock a run whose thread is locked already, and return its status.
select status from run where run_id = $1 for update

-- name: CLAIM
-- Take up to $1 due runs, each with the latest root checkpoint of its thread (`head_...`).
--
-- At most $4 of them are suspects, which come first: an earlier attempt of theirs has lost its worker,
-- and they are executed in a process of their own. Those that find no place there keep nobody waiting.
--
-- `ready` already says that nothing of the thread runs; asking again makes the claim safe against
-- the instant in which a delayed head is claimed while a newer run takes its place, and the unique
-- index behind it makes a mistake in this reasoning an error instead of a second live run.
-- Every execution reads the latest checkpoint first, so the claim saves it a round trip.
with suspect as (
    select r.run_id from run r
    where r.status = 'pending' and r.ready and r.due <= now() and r.attempt > r.handed_back
      and not exists (
          select 1 from run x where x.thread_id = r.thread_id and x.status = 'running')
    order by r.due, r.seq limit $4
    for update of r skip locked
), other as (
    select r.run_id from run r
    where r.status = 'pending' and r.ready and r.due <= now() and r.attempt = r.handed_back
      and not exists (
          select 1 from run x where x.thread_id = r.thread_id and x.status = 'running')
    order by r.due, r.seq limit $1 - (select count(*) from suspect)
    for update of r skip locked
), next as (
    select run_id from suspect union all select run_id from other
), taken as (
    update run set status = 'running', attempt = attempt + 1, ready = false, worker = $2,
        lease_until = now() + make_interval(secs => $3), lost = null,
        started_at = coalesce(started_at, now()), updated_at = now()
    from next where run.run_id = next.run_id
    returning run.*
)
select taken.*,
    head.checkpoint_id as head_checkpoint_id, head.parent_id as head_parent_id,
    head.kind as head_kind, head.body as head_body, head.metadata as head_metadata,
    head.ns as head_ns, head.tasks as head_tasks, head.channels as head_channels,
    head.kinds as head_kinds, head.bodies as head_bodies
from taken left join lateral (
    select {checkpoints.COLUMNS} from (
        select * from checkpoint where thread_id = taken.thread_id and ns = ''
        order by seq desc limit 1
    ) c {checkpoints.JOIN_WRITES}
) head on true

-- name: HEARTBEAT
-- Extend the leases of these attempts; return those that are alive, with what was asked of them.
--
-- A lease is extended by the attempt that holds it, never by an older one. A row that is being
-- written at this instant keeps its lease for one beat more instead of being waited for: with many
-- rows locked in an arbitrary order, heartbeats and the ends of runs would wait for each other.
with held as (
    select run.run_id, run.cancel
    from run join unnest($1::uuid[], $2::int[]) as token (run_id, attempt)
        on run.run_id = token.run_id and run.attempt = token.attempt
    where run.status = 'running'
), free as (
    select run.run_id from run join unnest($1::uuid[], $2::int[]) as token (run_id, attempt)
        on run.run_id = token.run_id and run.attempt = token.attempt
    where run.status = 'running' for no key update of run skip locked
), extended as (
    update run set lease_until = now() + make_interval(secs => $3)
    from free where run.run_id = free.run_id
)
select run_id, cancel from held

-- name: END_RUN
-- End a run that is about to be undone; refused, like any other late write, from an older attempt.
update run set status = 'interrupted', lease_until = null, ended_at = now(), updated_at = now()
where run_id = $1 and attempt = $2 and status = 'running'
returning thread_id

-- name: END_PENDING
-- End a run that has not started.
update run set status = 'interrupted', cancel = $2, ready = false, ended_at = now(),
    updated_at = now()
where run_id = $1 and status = 'pending'
returning thread_id

-- name: ASK_CANCEL
-- Ask the worker of a run to cancel it.
update run set cancel = $2, updated_at = now() where run_id = $1

-- name: FORGET_CHECKPOINTS
-- Undo a run, part one: without its checkpoints the state before it is the newest again.
delete from checkpoint where thread_id = $1 and run_id = $2

-- name: HAS_DELTAS
-- Return whether the graph of thread $1 has delta channels. A checkpoint does not hold their values:
-- LangGraph rebuilds them from the writes of its ancestors, and counts what it would replay.
select exists (select from checkpoint
               where thread_id = $1 and metadata ? 'counters_since_delta_snapshot')

-- name: FORGET_WRITES
-- Undo a run, part two: its tasks' writes.
delete from checkpoint_write where thread_id = $1 and run_id = $2

-- name: FORGET_RUN
-- Undo a run, part three: the run itself.
delete from run where run_id = $1

-- name: HAND_BACK
-- Give a run back to the queue at an orderly stop, which does not count as one of its attempts.
update run set status = 'pending', ready = true, lease_until = null, worker = null,
    handed_back = handed_back + 1, updated_at = now()
where run_id = $1 and attempt = $2 and status = 'running'
returning run_id

-- name: LOSE
-- Let the lease of an attempt whose process is dead pass now, and note how it ended.
update run set lease_until = now() - interval '1 ms', lost = $3
where run_id = $1 and attempt = $2 and status = 'running'
returning run_id

-- name: EXPIRED
-- List runs whose lease has passed.
select run_id, thread_id, attempt, handed_back, cancel, worker, lost from run
where status = 'running' and lease_until < now() limit 500

-- name: REQUEUE_EXPIRED
-- Return a run to the queue if its lease is still past.
update run set status = 'pending', ready = true, lease_until = null, worker = null,
    updated_at = now()
where run_id = $1 and attempt = $2 and status = 'running' and lease_until < now()
returning run_id

-- name: PURGE
-- Remove hidden threads, once waiting clients have had time to read, and old idempotency keys.
with gone as (
    select thread_id from thread where hidden_at < now() - make_interval(secs => 60)
    limit 500 for update skip locked
), checkpoints as (delete from checkpoint c using gone where c.thread_id = gone.thread_id),
writes as (delete from checkpoint_write w using gone where w.thread_id = gone.thread_id),
keys as (
    delete from idempotency_key where name in (
        select name from idempotency_key where created_at < now() - interval '24 hours'
        order by created_at limit 500 for update skip locked
    )
)
delete from thread t using gone where t.thread_id = gone.thread_id

-- name: COUNTS
-- Count the runs that wait and those that are being executed, and the seconds for which the oldest
-- one that could start has waited. A run whose lease has passed waits, whether or not a worker is
-- left to find that out.
select count(*) filter (where waits) as n_pending,
       count(*) filter (where not waits) as n_running,
       coalesce(max(extract(epoch from now() - since)) filter (where could_start), 0)::float8
           as oldest_pending_s
from (
    select status = 'pending' or (lease_until < now()) is true as waits,
           case status when 'running' then lease_until < now() else ready and due <= now() end
               as could_start,
           case status when 'running' then lease_until else greatest(due, updated_at) end as since
    from run where status in ('pending', 'running')
) as unfinished
