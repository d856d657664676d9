-- Starting, migrating, and holding the database as one deployment.

-- name: PING
-- Answer.
select 1

-- name: LOCK_START
-- Let replicas that start go one at a time, until the transaction ends.
select pg_advisory_xact_lock($1)

-- name: IS_MIGRATED
-- Return null on a database without a schema.
select to_regclass('migration')

-- name: APPLIED_DIGEST
-- Return the digest of the schema that was applied last.
select digest from migration

-- name: SET_DIGEST
-- Note which schema was applied.
insert into migration (digest) values ($1)
on conflict (only_one) do update set digest = excluded.digest

-- name: ID
-- Return the deployment's id.
select id from deployment

-- name: COUNT_ELSEWHERE
-- Count the live replicas that hold another place than $2.
select count(*) from pg_locks
where locktype = 'advisory' and objsubid = 2 and granted and classid = $1 and objid <> $2
  and database = (select oid from pg_database where datname = current_database())

-- name: HOLD_PLACE
-- Hold a place until the session ends.
select pg_advisory_lock_shared($1, $2)

-- name: LEAVE_PLACE
-- Give a place up.
select pg_advisory_unlock_shared($1, $2)

-- name: SESSION
-- Return the session of Postgres that answers, whatever stands before it.
select pg_backend_pid()

-- name: SET_SESSION
-- Set a setting for the session.
select set_config($1, $2, false)
