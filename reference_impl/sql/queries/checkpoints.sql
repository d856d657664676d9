-- Checkpoints of LangGraph with the writes of their tasks, read and stored.

-- name: COLUMNS
-- (fragment) The columns of a checkpoint `c` with its writes, as checkpoints/rows.py reads them.
checkpoint_id, parent_id, kind, body, metadata, ns, tasks, channels, kinds, bodies

-- name: JOIN_WRITES
-- (fragment) Join a checkpoint `c` with the writes of its tasks, one array per column.
left join lateral (
    select array_agg(task_id order by task_path, task_id, idx) as tasks,
           array_agg(channel order by task_path, task_id, idx) as channels,
           array_agg(kind order by task_path, task_id, idx) as kinds,
           array_agg(body order by task_path, task_id, idx) as bodies
    from checkpoint_write
    where thread_id = c.thread_id and ns = c.ns and checkpoint_id = c.checkpoint_id
) w on true

-- name: ONE
-- Read one checkpoint of a thread and namespace.
select {checkpoints.COLUMNS} from checkpoint c {checkpoints.JOIN_WRITES}
where c.thread_id = $1 and c.ns = $2 and c.checkpoint_id = $3

-- name: LATEST
-- Read the latest checkpoint of a thread and namespace.
select {checkpoints.COLUMNS} from checkpoint c {checkpoints.JOIN_WRITES}
where c.thread_id = $1 and c.ns = $2 order by c.seq desc limit 1

-- name: HISTORY
-- (composed) List the checkpoints that fulfil the conditions, newest first.
select {checkpoints.COLUMNS} from checkpoint c {checkpoints.JOIN_WRITES}
where {where} order by c.seq desc limit {limit} offset {offset}

-- name: FENCE
-- (fragment) Lock the runs whose attempts ($1, $2) may write, and return them: see writer.py.
select run.run_id, run.attempt
from run join unnest($1::uuid[], $2::int[]) as token (run_id, attempt)
    on run.run_id = token.run_id and run.attempt = token.attempt
where run.status = 'running' order by run.run_id for share of run

-- name: LET_THROUGH
-- (fragment) Of a run's attempts only the live one's rows, also when both are of this process.
exists (
        select 1 from live where live.run_id is not distinct from new.run_id
            and live.attempt = new.attempt)

-- name: STORE_LIVE
-- (fragment) Store the checkpoints and writes of `live` attempts; return these attempts.
--
-- Ordinary writes of a task are stored once; error, interrupt and resume (idx < 0) are replaced.
-- `order by place` makes `seq` follow the order in which checkpoints were put.
checkpoints as (
    insert into checkpoint
        (run_id, thread_id, ns, checkpoint_id, parent_id, kind, body, metadata)
    select run_id, thread_id, ns, checkpoint_id, parent_id, kind, body, metadata
    from unnest($3::uuid[], $4::int[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::bytea[], $11::jsonb[]) with ordinality as new
        (run_id, attempt, thread_id, ns, checkpoint_id, parent_id, kind, body, metadata, place)
    where {checkpoints.LET_THROUGH}
    order by place
    on conflict (thread_id, ns, checkpoint_id) do update
        set kind = excluded.kind, body = excluded.body, metadata = excluded.metadata
), writes as (
    insert into checkpoint_write
        (run_id, thread_id, ns, checkpoint_id, task_id, task_path, idx, channel, kind, body)
    select run_id, thread_id, ns, checkpoint_id, task_id, task_path, idx, channel, kind, body
    from unnest($12::uuid[], $13::int[], $14::uuid[], $15::text[], $16::text[], $17::text[],
                $18::text[], $19::int[], $20::text[], $21::text[], $22::bytea[]) as new
        (run_id, attempt, thread_id, ns, checkpoint_id, task_id, task_path, idx, channel, kind,
         body)
    where {checkpoints.LET_THROUGH}
    on conflict (thread_id, ns, checkpoint_id, task_id, idx) do update
        set channel = excluded.channel, kind = excluded.kind, body = excluded.body
        where checkpoint_write.idx < 0
)
select run_id, attempt from live

-- name: STORE_FENCED
-- Store what live attempts of runs have put.
with live as ({checkpoints.FENCE}),
{checkpoints.STORE_LIVE}

-- name: STORE_UNFENCED
-- Store an API update, which belongs to no run and holds the thread's lock instead.
with live as (select * from unnest($1::uuid[], $2::int[]) as token (run_id, attempt)),
{checkpoints.STORE_LIVE}
