-- Crons. `next_run_date` is the only thing that the scheduler goes by.

-- name: NOW
-- Return the present, by the clock that due times are compared with.
select clock_timestamp()

-- name: INSERT
-- Create a cron.
insert into cron (cron_id, assistant_id, thread_id, schedule, timezone, end_time, enabled,
                  on_run_completed, payload, metadata, next_run_date, made_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning *

-- name: UPDATE
-- Replace a cron's content, if it fulfils the rule then, too.
update cron set schedule = $2, timezone = $3, end_time = $4, enabled = $5, on_run_completed = $6,
    payload = $7, metadata = $8, next_run_date = $9, updated_at = now()
where cron_id = $1 and permits($10, $8) returning *

-- name: FIND
-- Read a cron that fulfils the rule.
select * from cron where cron_id = $1 and permits($2, metadata)

-- name: FIND_AND_LOCK
-- Read a cron that fulfils the rule, and keep schedulers away from it.
{crons.FIND} for update

-- name: DELETE
-- Remove a cron that fulfils the rule. A run that is just being made of it is waited for.
delete from cron where cron_id = $1 and permits($2, metadata) returning true

-- name: UPCOMING
-- List the crons that are due and those that will be next, with the seconds until then.
--
-- One statement, so that nothing comes due unseen between a look at the due ones and a look at the
-- next.
select cron_id, thread_id, extract(epoch from next_run_date - now())::float8 as in_s from cron
where next_run_date <= coalesce(
    (select min(next_run_date) from cron where next_run_date > now()), now())
order by next_run_date

-- name: CLAIM
-- Lock a cron that is due. Of several schedulers one gets the row; to the others it is not there,
-- and once the winner has committed it is not due. `at` is later than the transaction's start if a
-- lock was waited for.
select *, clock_timestamp() as at from cron where cron_id = $1 and next_run_date <= now()
for update skip locked

-- name: ADVANCE
-- Set the next date of a cron that was claimed.
update cron set next_run_date = $2 where cron_id = $1
