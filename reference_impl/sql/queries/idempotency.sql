-- Keys of clients that retry a creation.

-- name: TAKE
-- Store what a key stands for; no row if it stands for something already.
--
-- A key that is taken stays locked until the end of the transaction, so it cannot expire meanwhile.
insert into idempotency_key as known (name, asked, runs) values ($1, $2, $3)
on conflict (name) do update
set asked = excluded.asked, runs = excluded.runs, created_at = now()
where known.created_at < now() - interval '24 hours'
returning true

-- name: FIND
-- Read what a key stands for.
select asked, runs from idempotency_key where name = $1

-- name: RUNS
-- Read the runs that a key stands for, in their order, as far as the rule lets the caller at them.
select r.* from run r join thread t using (thread_id)
where r.run_id = any($1) and permits($2, t.metadata)
order by array_position($1, r.run_id)
