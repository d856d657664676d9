-- The outbox of webhooks: a row says that a call is owed. It is written by the transaction that
-- ends the run, whichever statement that is, so a crash can come before it or after it, not between.

-- due is when the call may be made, and so it is the lease of a call under way as well.
create table if not exists webhook_delivery (
    delivery_id  uuid primary key default gen_random_uuid(),
    run_id       uuid not null,
    url          text not null,
    payload      jsonb not null,
    failures     int not null default 0,
    due          timestamptz not null default now()
);
create index if not exists webhook_delivery_due on webhook_delivery (due);

-- A run that is rolled back is ended without an output, then deleted. The values of a thread that
-- hides are nobody's to read any more, so the call does not tell them either.
create or replace function owe_webhook() returns trigger language plpgsql as $$
begin
    insert into webhook_delivery (run_id, url, payload)
    select new.run_id, new.webhook, jsonb_build_object(
        'run_id', new.run_id,
        'thread_id', new.thread_id,
        'assistant_id', new.assistant_id,
        'created_at', new.created_at,
        'updated_at', new.updated_at,
        'metadata', new.metadata,
        'kwargs', new.kwargs,
        'multitask_strategy', new.multitask_strategy,
        'status', case
            when new.status = 'interrupted' and new.cancel = 'rollback' and new.output is null
            then 'rollback' else new.status
        end,
        'run_started_at', new.started_at,
        'run_ended_at', new.ended_at,
        'values', case when t.hidden_at is null then t."values" end
    ) || case
        when new.status in ('error', 'timeout') then jsonb_build_object('error', t.error)
        else '{}'
    end
    from thread t where t.thread_id = new.thread_id;
    return null;
end $$;

-- Deferred to the commit, when the thread has taken over what the run left. Only runs with a webhook
-- fire it, and of these none that was cancelled before it started. Created only where it is missing,
-- because `create or replace trigger` locks the table, and other replicas may be at work on it.
do $$
begin
    if not exists (select from pg_trigger where tgname = 'run_owes_webhook') then
        create constraint trigger run_owes_webhook after update of status on run
        deferrable initially deferred for each row
        when (
            new.webhook is not null and new.started_at is not null
            and old.status in ('pending', 'running')
            and new.status in ('success', 'error', 'timeout', 'interrupted')
        )
        execute function owe_webhook();
    end if;
end $$;
