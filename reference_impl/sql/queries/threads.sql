-- Threads. One with `hidden_at` belonged to a stateless run that has ended: nothing here finds it.

-- name: FIND
-- Read a thread that fulfils the rule.
select * from thread
where thread_id = $1 and hidden_at is null and permits($2, metadata)

-- name: FIND_AND_LOCK
-- Read a thread that fulfils the rule, and keep runs from being created on it.
{threads.FIND} for update

-- name: INSERT
-- Create a thread, with the deployment's default time to live if $3 is null; no row if it exists.
insert into thread (thread_id, metadata, ttl, look_at)
select $1, $2, ttl, now() + lifetime(ttl)
from (select coalesce($3::jsonb, default_thread_ttl()) as ttl) as chosen
on conflict (thread_id) do nothing returning *

-- name: CHANGE
-- Lay metadata over that of a thread and set its time to live, if it fulfils the rule then, too.
update thread set metadata = metadata || $2::jsonb, updated_at = now(),
    ttl = coalesce($4, ttl), look_at = now() + lifetime(coalesce($4, ttl))
where thread_id = $1 and hidden_at is null
  and permits($3, metadata) and permits($3, metadata || $2::jsonb) returning *

-- name: REFRESH
-- Set the values, interrupts and status of a thread that no run holds.
update thread set "values" = $2, interrupts = $3, error = null,
    status = $4, resting = $4, updated_at = now(), state_updated_at = now()
where thread_id = $1 returning *

-- name: RUNNING_RUN
-- Return the run that a worker is executing on a thread.
select r.run_id from run r join thread t using (thread_id)
where r.thread_id = $1 and r.status = 'running' and permits($2, t.metadata)

-- name: ACTIVE_RUNS
-- List a thread's runs that have not ended.
select run_id from run where thread_id = $1 and status in ('pending', 'running')

-- name: IS_BUSY
-- Return whether a run is pending or running on a thread.
select exists (select from run where thread_id = $1 and status in ('pending', 'running'))

-- name: REMOVE
-- Remove threads; the cascade takes their runs and crons.
delete from thread where thread_id = any($1::uuid[])

-- name: REMOVE_WRITES
-- Remove the writes of threads that are removed.
delete from checkpoint_write where thread_id = any($1::uuid[])

-- name: REMOVE_CHECKPOINTS
-- Remove the checkpoints of threads that are removed.
delete from checkpoint where thread_id = any($1::uuid[])

-- name: COPY
-- Create thread $2 with the state of thread $1, without its runs.
insert into thread (thread_id, status, resting, metadata, config, "values", interrupts, error)
select $2, resting, resting, metadata || $3::jsonb, config, "values", interrupts, error
from thread where thread_id = $1 and hidden_at is null and permits($4, metadata)
returning *

-- name: COPY_CHECKPOINTS
-- Copy the checkpoints of thread $1 to thread $2.
insert into checkpoint (thread_id, ns, checkpoint_id, parent_id, kind, body, metadata, created_at)
select $2::uuid, ns, checkpoint_id, parent_id, kind, body,
       metadata || jsonb_build_object('thread_id', $2::uuid), created_at
from checkpoint where thread_id = $1 order by seq

-- name: COPY_WRITES
-- Copy the writes of thread $1 to thread $2.
insert into checkpoint_write (thread_id, ns, checkpoint_id, task_id, idx, task_path, channel, kind,
                              body)
select $2::uuid, ns, checkpoint_id, task_id, idx, task_path, channel, kind, body
from checkpoint_write where thread_id = $1

-- name: PRUNE_CHECKPOINTS
-- Remove all but the latest checkpoint of each namespace of these threads. A delta channel (see
-- HAS_DELTAS) is rebuilt from the writes of all ancestors, so with one of them all stay.
delete from checkpoint c where thread_id = any($1::uuid[]) and seq <
(select max(seq) from checkpoint l where l.thread_id = c.thread_id and l.ns = c.ns)
and not exists (select from checkpoint d where d.thread_id = c.thread_id
                and d.metadata ? 'counters_since_delta_snapshot')

-- name: PRUNE_WRITES
-- Remove the writes whose checkpoint was pruned.
delete from checkpoint_write w where thread_id = any($1::uuid[]) and not exists
(select from checkpoint c where c.thread_id = w.thread_id and c.ns = w.ns
 and c.checkpoint_id = w.checkpoint_id)

-- name: PRUNE_PARENTS
-- Forget the parents that were pruned.
update checkpoint c set parent_id = null where thread_id = any($1::uuid[]) and not exists
(select from checkpoint p where p.thread_id = c.thread_id and p.ns = c.ns
 and p.checkpoint_id = c.parent_id)

-- name: MARK_AS_PRUNED
-- Note that these threads have no more history to expire.
update thread set pruned_at = updated_at where thread_id = any($1::uuid[])

-- name: STORAGE
-- Return the bytes of what is kept, without those of the rows and indexes around it. Lengths are
-- read from the rows, never the values themselves.
select coalesce(c.count, 0) as checkpoints, coalesce(c.bytes, 0) as checkpoint_bytes,
       coalesce(w.count, 0) as writes, coalesce(w.bytes, 0) as write_bytes
from (select count(*), sum(octet_length(body) + pg_column_size(metadata))::bigint as bytes
      from checkpoint where thread_id = $1) c,
     (select count(*), sum(octet_length(body))::bigint as bytes
      from checkpoint_write where thread_id = $1) w

-- name: DUE_TO_EXPIRE
-- Lock up to $1 threads that are to be looked at, and return what is to become of each. A thread
-- with a run under way is in use: its time begins anew when that ends.
select thread_id, case
    when updated_at + lifetime(ttl) < now() and status <> 'busy' and hidden_at is null
         and pruned_at is distinct from updated_at
    then ttl ->> 'strategy' else 'wait'
end as fate from thread
where look_at < now() order by look_at limit $1 for update skip locked

-- name: LOOK_AGAIN
-- Set when a sweep looks at these threads next.
update thread set look_at = lifetime(ttl) + case
    when updated_at + lifetime(ttl) > now() then updated_at else now()
end
where thread_id = any($1::uuid[])
