"""The queue's SQL, in one place. All times are Postgres' own: a worker's clock decides nothing."""

#: Lock order everywhere: first the thread, then its runs.
LOCK_THREAD = "select 1 from thread where thread_id = $1 for update"

NEW_THREAD = """
insert into thread (thread_id, metadata) values ($1, $2)
on conflict (thread_id) do nothing
"""

PERMITTED = "select permits($2, metadata) from thread where thread_id = $1"

#: See sql/functions.sql for these three. Of many runs, those of one thread come in their order;
#: threads come in the order of their ids, because each is locked until the commit.
ACCEPT_RUNS = """
select accepted.* from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::jsonb[], $5::jsonb[], $6::jsonb[], $7::jsonb[],
    $8::text[], $9::float8[], $10::jsonb[], $11::boolean[]
) as new (run_id, thread_id, assistant_id, assistant_metadata, metadata, names, kwargs, strategy,
          delay_s, config, make_thread)
cross join lateral accept_run(
    new.run_id, new.thread_id, new.assistant_id, new.assistant_metadata, new.metadata, new.names,
    new.kwargs, new.strategy, new.delay_s, new.config, new.make_thread
) as accepted
"""
FINISH_RUNS = """
select ended.run_id, ended.attempt, finish_run(
    ended.run_id, ended.attempt, ended.status, ended.output, ended."values", ended.interrupts,
    ended.error, ended.resting, ended.hide
) as more
from unnest(
    $1::uuid[], $2::int[], $3::text[], $4::jsonb[], $5::jsonb[], $6::jsonb[], $7::jsonb[],
    $8::text[], $9::boolean[]
) as ended (run_id, attempt, status, output, "values", interrupts, error, resting, hide)
"""
SETTLE = "select settle($1)"

IN_FLIGHT = """
select run_id, status, attempt from run
where thread_id = $1 and status in ('pending', 'running') order by seq
"""

#: A checkpoint `c` with the writes of its tasks, as `checkpointer.py` reads it.
READ_COLUMNS = (
    *("checkpoint_id", "parent_id", "kind", "body", "metadata", "ns"),
    *("tasks", "channels", "kinds", "bodies"),
)
WITH_WRITES = """
left join lateral (
    select array_agg(task_id order by task_path, task_id, idx) as tasks,
           array_agg(channel order by task_path, task_id, idx) as channels,
           array_agg(kind order by task_path, task_id, idx) as kinds,
           array_agg(body order by task_path, task_id, idx) as bodies
    from checkpoint_write
    where thread_id = c.thread_id and ns = c.ns and checkpoint_id = c.checkpoint_id
) w on true
"""

#: The claim brings the thread's latest checkpoint along, which every execution reads first: its
#: columns are those above behind this prefix.
HEAD = "head_"
_HEAD_COLUMNS = ", ".join(f"head.{name} as {HEAD}{name}" for name in READ_COLUMNS)

#: `ready` already says that nothing of the thread runs; asking again makes the claim safe against
#: the instant in which a delayed head is claimed while a newer run takes its place, and the unique
#: index behind it makes a mistake in this reasoning an error instead of a second live run.
CLAIM = f"""
with next as (
    select r.run_id from run r
    where r.status = 'pending' and r.ready and r.due <= now()
      and not exists (
          select 1 from run x where x.thread_id = r.thread_id and x.status = 'running')
    order by r.due, r.seq limit $1
    for update of r skip locked
), taken as (
    update run set status = 'running', attempt = attempt + 1, ready = false, worker = $2,
        lease_until = now() + make_interval(secs => $3),
        started_at = coalesce(started_at, now()), updated_at = now()
    from next where run.run_id = next.run_id
    returning run.*
)
select taken.*, {_HEAD_COLUMNS} from taken left join lateral (
    select {", ".join(READ_COLUMNS)} from (
        select * from checkpoint where thread_id = taken.thread_id and ns = ''
        order by seq desc limit 1
    ) c {WITH_WRITES}
) head on true
"""

#: A lease is extended by the attempt that holds it, never by an older one. A row that is being
#: written at this instant keeps its lease for one beat more instead of being waited for: with many
#: rows locked in whatever order, heartbeats and the ends of runs would wait for each other.
HEARTBEAT = """
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
"""

#: Ends a run that is about to be undone; refused like any other late write.
END_RUN = """
update run set status = 'interrupted', lease_until = null, ended_at = now(), updated_at = now()
where run_id = $1 and attempt = $2 and status = 'running'
returning thread_id
"""

END_PENDING = """
update run set status = 'interrupted', cancel = $2, ready = false, ended_at = now(),
    updated_at = now()
where run_id = $1 and status = 'pending'
returning thread_id
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

#: Hidden threads linger so that a waiting client can still read the output of their run; keys are
#: kept for as long as a retry may come.
PURGE = """
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
"""

COUNTS = """
select count(*) filter (where status = 'pending') as n_pending,
       count(*) filter (where status = 'running') as n_running
from run where status in ('pending', 'running')
"""
