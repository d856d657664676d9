-- The whole durable state of a deployment. Applied by database.migrate() under an advisory lock;
-- every statement is idempotent, so any number of replicas may start at once on an empty database.

create table if not exists deployment (
    only_one    boolean primary key default true check (only_one),
    id          uuid not null default gen_random_uuid(),
    created_at  timestamptz not null default now()
);
insert into deployment default values on conflict do nothing;

-- What of this folder was applied last.
create table if not exists migration (
    only_one  boolean primary key default true check (only_one),
    digest    text not null
);

create table if not exists assistant (
    assistant_id  uuid primary key,
    graph_id      text not null,
    version       int not null default 1,
    name          text not null default 'Untitled',
    description   text,
    config        jsonb not null default '{}',
    context       jsonb not null default '{}',
    metadata      jsonb not null default '{}',
    created_at    timestamptz not null default now(),
    updated_at    timestamptz not null default now()
);
create index if not exists assistant_by_graph on assistant (graph_id);

create table if not exists assistant_version (
    assistant_id  uuid not null references assistant on delete cascade,
    version       int not null,
    graph_id      text not null,
    name          text not null,
    description   text,
    config        jsonb not null,
    context       jsonb not null,
    metadata      jsonb not null,
    created_at    timestamptz not null default now(),
    primary key (assistant_id, version)
);

-- Of a thread that is made without a time to live of its own. Each connection knows it from its start.
create or replace function default_thread_ttl() returns jsonb language sql stable as $$
    select nullif(current_setting('agent_server.thread_ttl', true), '')::jsonb
$$;
create or replace function lifetime(p_ttl jsonb) returns interval language sql immutable as $$
    select (p_ttl ->> 'ttl_minutes')::float8 * interval '1 minute'
$$;

-- A thread that hides has ended its only, stateless run: the API no longer knows it, and the
-- sweep removes it once waiting clients have had time to read the run's output.
-- resting is the status the thread has whenever no run of it is pending or running; values,
-- interrupts and error change only when a run ends, so undoing a run leaves them as they were.
-- ttl is {strategy, ttl_minutes}. Whatever touches the thread sets updated_at and so puts off its
-- expiry; one whose history was pruned since (pruned_at = updated_at) has nothing left to expire.
-- look_at is when a sweep looks at the thread next, never later than it expires: what a run would
-- pay to keep it exact is more than what a look in vain costs.
create table if not exists thread (
    thread_id         uuid primary key,
    status            text not null default 'idle'
                      check (status in ('idle', 'busy', 'interrupted', 'error')),
    resting           text not null default 'idle'
                      check (resting in ('idle', 'interrupted', 'error')),
    metadata          jsonb not null default '{}',
    config            jsonb not null default '{}',
    "values"          jsonb,
    interrupts        jsonb not null default '{}',
    error             jsonb,
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now(),
    state_updated_at  timestamptz not null default now(),
    hidden_at         timestamptz,
    ttl               jsonb default default_thread_ttl(),
    pruned_at         timestamptz,
    look_at           timestamptz default now() + lifetime(default_thread_ttl())
);
create index if not exists thread_expiry on thread (look_at) where look_at is not null;
create index if not exists thread_by_creation on thread (created_at desc);
create index if not exists thread_by_metadata on thread using gin (metadata jsonb_path_ops);
create index if not exists thread_hidden on thread (hidden_at) where hidden_at is not null;

-- seq is the order of acceptance. due is when a run may start; the head of a thread is its pending
-- run with the smallest (due, seq), and only a head that no running run blocks is ready.
-- attempt is the fencing token: every durable write of an execution carries it and is refused,
-- in the same statement, once a newer attempt exists. handed_back counts the attempts that a
-- stopping worker gave back in order, which do not count against the maximum: any others have lost
-- their worker. lost says how the process of the latest one ended, where that is known.
create table if not exists run (
    run_id              uuid primary key,
    seq                 bigint generated always as identity,
    thread_id           uuid not null references thread on delete cascade,
    assistant_id        uuid not null,
    status              text not null
                        check (status in ('pending', 'running', 'error', 'success', 'timeout', 'interrupted')),
    metadata            jsonb not null default '{}',
    kwargs              jsonb not null default '{}',
    webhook             text generated always as (kwargs ->> 'webhook') stored,
    multitask_strategy  text not null,
    attempt             int not null default 0,
    handed_back         int not null default 0,
    ready               boolean not null,
    due                 timestamptz not null,
    lease_until         timestamptz,
    worker              text,
    cancel              text check (cancel in ('interrupt', 'rollback')),
    output              jsonb,
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now(),
    started_at          timestamptz,
    ended_at            timestamptz
);
alter table run add column if not exists lost text;
create index if not exists run_suspect on run (due, seq)
    where status = 'pending' and ready and attempt > handed_back;
create index if not exists run_ready on run (due, seq) where status = 'pending' and ready;
create index if not exists run_pending on run (thread_id, due, seq) where status = 'pending';
create index if not exists run_lease on run (lease_until) where status = 'running';
create index if not exists run_by_thread on run (thread_id, seq desc);
-- The last guard of "one live run per thread": no interleaving of claims can get past it.
create unique index if not exists run_one_running on run (thread_id) where status = 'running';

-- payload is what a run of the cron is created from; next_run_date is null while there is none to
-- come: after end_time, and while the cron is not enabled. made_by is the user whom its runs are for.
create table if not exists cron (
    cron_id           uuid primary key,
    assistant_id      uuid not null references assistant on delete cascade,
    thread_id         uuid references thread on delete cascade,
    schedule          text not null,
    timezone          text,
    end_time          timestamptz,
    enabled           boolean not null,
    on_run_completed  text check (on_run_completed in ('delete', 'keep')),
    payload           jsonb not null,
    metadata          jsonb not null,
    made_by           jsonb,
    next_run_date     timestamptz,
    created_at        timestamptz not null default now(),
    updated_at        timestamptz not null default now()
);
create index if not exists cron_next on cron (next_run_date) where next_run_date is not null;
create index if not exists cron_by_thread on cron (thread_id) where thread_id is not null;
create index if not exists cron_by_assistant on cron (assistant_id);
create index if not exists cron_by_metadata on cron using gin (metadata jsonb_path_ops);

-- seq, not the client-made checkpoint_id, orders checkpoints: ids carry a worker's clock.
create table if not exists checkpoint (
    seq            bigint generated always as identity,
    thread_id      uuid not null,
    ns             text not null,
    checkpoint_id  text not null,
    parent_id      text,
    run_id         uuid,
    kind           text not null,
    body           bytea not null,
    metadata       jsonb not null,
    created_at     timestamptz not null default now(),
    primary key (thread_id, ns, checkpoint_id)
);
create index if not exists checkpoint_latest on checkpoint (thread_id, ns, seq desc);

create table if not exists checkpoint_write (
    thread_id      uuid not null,
    ns             text not null,
    checkpoint_id  text not null,
    task_id        text not null,
    idx            int not null,
    run_id         uuid,
    task_path      text not null default '',
    channel        text not null,
    kind           text,
    body           bytea,
    primary key (thread_id, ns, checkpoint_id, task_id, idx)
);

-- prefix is the namespace joined by dots (labels hold none), in C collation so that a range scan
-- finds everything below a label boundary. An item that has expired is there for nobody; the sweep
-- only makes room.
create table if not exists store_item (
    prefix      text collate "C" not null,
    key         text not null,
    value       jsonb not null,
    created_at  timestamptz not null default now(),
    updated_at  timestamptz not null default now(),
    ttl_minutes float8,
    expires_at  timestamptz,
    primary key (prefix, key)
);
create index if not exists store_item_expiry on store_item (expires_at)
    where expires_at is not null;

-- What the texts of an item mean: vectors of length 1, see embeddings.py.
create table if not exists store_meaning (
    prefix      text collate "C" not null,
    key         text not null,
    vector      float4[] not null,
    foreign key (prefix, key) references store_item on delete cascade
);
create index if not exists store_meaning_item on store_meaning (prefix, key);
