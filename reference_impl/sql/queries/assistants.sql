-- Assistants and their versions.

-- name: FIND
-- Read an assistant whose graph is served and that fulfils the rule.
select * from assistant
where assistant_id = $1 and graph_id = any($2) and permits($3, metadata)

-- name: FIND_AND_LOCK
-- Read an assistant as FIND does, and keep it as it is.
{assistants.FIND} for update

-- name: IS_PERMITTED
-- Return whether a rule lets an assistant with this metadata through.
select permits($1, $2::jsonb)

-- name: INSERT
-- Create an assistant and its first version; no row if it exists.
with made as (
    insert into assistant (assistant_id, graph_id, name, description, config, context, metadata)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (assistant_id) do nothing returning *
), first as (
    insert into assistant_version
    select assistant_id, version, graph_id, name, description, config, context, metadata,
           created_at
    from made
)
select * from made

-- name: NEW_VERSION
-- Store a version after the newest and make it latest.
--
-- The row is locked by a statement of its own before this one runs, so that the newest version is
-- read after the lock was granted and concurrent patches get consecutive numbers.
with made as (
    insert into assistant_version
    select $1, max(version) + 1, $2, $3, $4, $5, $6, $7 from assistant_version
    where assistant_id = $1 returning *
)
update assistant a set version = made.version, graph_id = made.graph_id, name = made.name,
    description = made.description, config = made.config, context = made.context,
    metadata = made.metadata, updated_at = now()
from made where a.assistant_id = made.assistant_id returning a.*

-- name: SET_LATEST
-- Make an earlier version the latest, if its graph is served.
update assistant a set version = v.version, graph_id = v.graph_id, name = v.name,
    description = v.description, config = v.config, context = v.context,
    metadata = v.metadata, updated_at = now()
from assistant_version v
where a.assistant_id = $1 and v.assistant_id = $1 and v.version = $2 and v.graph_id = any($3)
returning a.*

-- name: VERSIONS
-- List the versions of an assistant whose metadata contains $2, newest first.
select assistant_id, version, graph_id, name, description, config, context, metadata, created_at
from assistant_version where assistant_id = $1 and metadata @> $2
order by version desc limit $3 offset $4

-- name: OWN_THREADS
-- List the threads that only this assistant has worked on: one that another assistant's run also
-- used is not this assistant's to take along.
select thread_id from thread t
where t.metadata @> jsonb_build_object('assistant_id', $1::uuid) and permits($2, t.metadata)
  and not exists (
    select from run r where r.thread_id = t.thread_id and r.assistant_id <> $1)
order by t.thread_id

-- name: DELETE
-- Remove an assistant; the cascade takes its versions and crons.
delete from assistant where assistant_id = $1

-- name: ACTIVE_RUNS
-- List an assistant's runs that have not ended.
select run_id from run where assistant_id = $1 and status in ('pending', 'running')
