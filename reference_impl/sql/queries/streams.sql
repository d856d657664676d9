-- What Postgres knows of event streams, whose events are in Redis.

-- name: BUFFER
-- Return whether a run has ended, and whether so long ago ($2 seconds) that its events are gone.
select attempt, status = any($3) as over,
       coalesce(ended_at < now() - make_interval(secs => $2), false) as expired
from run where run_id = $1

-- name: BUFFERED_RUNS
-- List a thread's runs whose events are still kept, in the order in which they were executed.
-- `past` is one that was over before the millisecond $4, `mine` one that had begun by then.
select run_id, status = any($3) as over,
       coalesce(ended_at < to_timestamp($4 / 1000.0), false) as past,
       floor(extract(epoch from started_at) * 1000) <= $4 as mine
from run
where thread_id = $1 and attempt > 0 and (kwargs ->> 'stream_resumable')::boolean
  and (ended_at is null or ended_at > now() - make_interval(secs => $2))
order by started_at

-- name: THREAD_STANDING
-- Return whether a run of a thread is under way; no row if there is no such thread.
select exists (select 1 from run where run_id = $2 and status <> all($3)) as under_way
from thread where thread_id = $1 and hidden_at is null

-- name: NOW_MS
-- Return the present in milliseconds, by the clock that event ids follow.
select floor(extract(epoch from clock_timestamp()) * 1000)::bigint
