"""The queue's SQL, in one place. All times are Postgres' own: a worker's clock decides nothing."""

#: Lock order everywhere: first the thread, then its runs.
LOCK_THREAD = "select status, metadata, config from thread where thread_id = $1 for update"

NEW_THREAD = """
insert into thread (thread_id, metadata) values ($1, $2)
on conflict (thread_id) do nothing
"""

#: A run that is due earlier than a delayed head of its thread takes the head's place.
INSERT_RUN = """
with birth as (select clock_timestamp() + make_interval(secs => $7) as due),
demoted as (
    update run set ready = false from birth
    where thread_id = $2 and status = 'pending' and ready and run.due > birth.due
),
marked as (
    update thread set status = 'busy', updated_at = now(),
        metadata = metadata || $8::jsonb, config = $9::jsonb
    where thread_id = $2
)
insert into run (run_id, thread_id, assistant_id, status, metadata, kwargs, multitask_strategy,
                 due, created_at, ready)
select $1, $2, $3, 'pending', $4, $5, $6, due, due, not exists (
    select 1 from run x where x.thread_id = $2
    and (x.status = 'running' or (x.status = 'pending' and x.ready and x.due <= birth.due))
)
from birth
returning *
"""

IN_FLIGHT = """
select run_id, status, attempt from run
where thread_id = $1 and status in ('pending', 'running') order by seq
"""

#: `ready` already says that nothing of the thread runs; asking again makes the claim safe against
#: the instant in which a delayed head is claimed while a newer run takes its place, and the unique
#: index behind it makes a mistake in this reasoning an error instead of a second live run.
CLAIM = """
with next as (
    select r.run_id from run r
    where r.status = 'pending' and r.ready and r.due <= now()
      and not exists (
          select 1 from run x where x.thread_id = r.thread_id and x.status = 'running')
    order by r.due, r.seq limit $1
    for update of r skip locked
)
update run set status = 'running', attempt = attempt + 1, ready = false, worker = $2,
    lease_until = now() + make_interval(secs => $3),
    started_at = coalesce(started_at, now()), updated_at = now()
from next where run.run_id = next.run_id
returning run.*
"""

NEXT_DUE = """
select extract(epoch from due - now())::float8 from run
where status = 'pending' and ready and due > now() order by due limit 1
"""

#: A lease is extended by the attempt that holds it, never by an older one.
HEARTBEAT = """
update run set lease_until = now() + make_interval(secs => $3)
from unnest($1::uuid[], $2::int[]) as held (run_id, attempt)
where run.run_id = held.run_id and run.attempt = held.attempt and run.status = 'running'
returning run.run_id, run.cancel
"""

END_RUN = """
update run set status = $3, output = $4, lease_until = null, ended_at = now(), updated_at = now()
where run_id = $1 and attempt = $2 and status = 'running'
returning thread_id
"""

END_PENDING = """
update run set status = 'interrupted', ready = false, ended_at = now(), updated_at = now()
where run_id = $1 and status = 'pending'
returning thread_id
"""

#: What a thread takes over from a run that ended. $2 null keeps the values it had.
KEEP_STATE = """
update thread set "values" = coalesce($2, "values"), interrupts = $3, error = $4, resting = $5,
    state_updated_at = now(), hidden_at = case when $6 then now() end
where thread_id = $1
"""

#: After any change: the earliest pending run becomes the head, and the status tells the truth.
SETTLE = """
with head as (
    select run_id from run where thread_id = $1 and status = 'pending'
    and not exists (select 1 from run x where x.thread_id = $1 and x.status = 'running')
    order by due, seq limit 1
),
promoted as (
    update run set ready = true from head
    where run.run_id = head.run_id and not run.ready returning run.run_id
)
update thread set updated_at = now(), status = case when exists (
    select 1 from run where thread_id = $1 and status in ('pending', 'running')
) then 'busy' else resting end
where thread_id = $1
returning exists (select 1 from promoted) as promoted
"""

ASK_CANCEL = "update run set cancel = $2, updated_at = now() where run_id = $1"

#: Undoing a run: its checkpoints and writes vanish, so the state before it is the newest again.
FORGET_CHECKPOINTS = "delete from checkpoint where thread_id = $1 and run_id = $2"
FORGET_WRITES = "delete from checkpoint_write where thread_id = $1 and run_id = $2"
FORGET_RUN = "delete from run where run_id = $1"

#: An orderly stop gives the run back without spending one of its attempts.
HAND_BACK = """
update run set status = 'pending', ready = true, lease_until = null, worker = null,
    handed_back = handed_back + 1, updated_at = now()
where run_id = $1 and attempt = $2 and status = 'running'
returning run_id
"""

#: Runs whose lease has passed, which either go back to the queue or are ended.
EXPIRED = """
select run_id, thread_id, attempt, handed_back, cancel, worker from run
where status = 'running' and lease_until < now() limit 500
"""

REQUEUE_EXPIRED = """
update run set status = 'pending', ready = true, lease_until = null, worker = null,
    updated_at = now()
where run_id = $1 and attempt = $2 and status = 'running' and lease_until < now()
returning run_id
"""

#: Hidden threads linger so that a waiting client can still read the output of their run.
PURGE_HIDDEN = """
with gone as (
    select thread_id from thread where hidden_at < now() - make_interval(secs => 60)
    limit 500 for update skip locked
), checkpoints as (delete from checkpoint c using gone where c.thread_id = gone.thread_id),
writes as (delete from checkpoint_write w using gone where w.thread_id = gone.thread_id)
delete from thread t using gone where t.thread_id = gone.thread_id
"""

COUNTS = """
select count(*) filter (where status = 'pending') as n_pending,
       count(*) filter (where status = 'running') as n_running
from run where status in ('pending', 'running')
"""
