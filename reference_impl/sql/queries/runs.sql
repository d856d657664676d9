-- Runs as the API reads them. A run of a hidden thread is gone for the API, as its thread is.

-- name: COLUMNS
-- (fragment) The fields of a run `r`. Its user is for the graph to know, not for all who may read it.
r.run_id, r.thread_id, r.assistant_id, r.created_at, r.updated_at, r.status, r.metadata,
    r.kwargs - 'user' as kwargs, r.multitask_strategy

-- name: FIND
-- Read a run, on thread $2 unless that is null, if its thread fulfils the rule.
select {runs.COLUMNS} from run r join thread t using (thread_id)
where r.run_id = $1 and ($2::uuid is null or r.thread_id = $2) and t.hidden_at is null
  and permits($3, t.metadata)

-- name: FIND_WITH_STREAM
-- Read a run as FIND does, also a stateless one that has ended: its stream is kept for a while.
select r.run_id, r.thread_id, r.kwargs from run r join thread t using (thread_id)
where r.run_id = $1 and ($2::uuid is null or r.thread_id = $2) and permits($3, t.metadata)

-- name: LIST
-- List the runs of a thread, newest first, in one status if $2 is not null.
select {runs.COLUMNS} from run r
where r.thread_id = $1 and ($2::text is null or r.status = $2)
order by r.seq desc limit $3 offset $4

-- name: CANCELLABLE
-- List the runs in one of these statuses: all, those of a thread, or those with these ids.
select r.run_id from run r join thread t using (thread_id)
where r.status = any($1) and ($2::uuid is null or r.thread_id = $2)
  and ($3::uuid[] is null or r.run_id = any($3)) and permits($4, t.metadata)

-- name: STATUS
-- Return the status of a run.
select status from run where run_id = $1

-- name: RESULT
-- Read what a run that has ended answers: its output, or what its thread waits for.
select r.output, t.interrupts from run r join thread t using (thread_id) where r.run_id = $1
