-- The queue's two transactions that every run goes through, each in one round trip: a statement
-- sent is a commit waited for and two context switches paid, and a short run is made of little else.
-- The lock order is at the top of queries/queue.sql.

-- After any change to a thread's runs the earliest pending run becomes the head, unless one runs.
-- Returns whether a run became ready by this.
create or replace function promote(p_thread uuid) returns boolean language plpgsql as $$
begin
    update run set ready = true
    where run_id = (
        select run_id from run where thread_id = p_thread and status = 'pending'
        order by due, seq limit 1
    ) and not ready and not exists (
        select 1 from run where thread_id = p_thread and status = 'running'
    );
    return found;
end $$;

-- The truth about a thread's status: busy while a run of it is pending or running.
create or replace function standing(p_thread uuid, p_resting text) returns text language sql as $$
    select case when exists (
        select 1 from run where thread_id = p_thread and status in ('pending', 'running')
    ) then 'busy' else p_resting end
$$;

-- Both, for changes that leave the rest of the thread as it is.
create or replace function settle(p_thread uuid) returns boolean language plpgsql as $$
declare
    v_promoted boolean := promote(p_thread);
begin
    update thread set updated_at = now(), status = standing(thread_id, resting)
    where thread_id = p_thread;
    return v_promoted;
end $$;

-- Accept a run: one row, committed before anyone is told. Empty when the thread does not exist.
-- A run that is due earlier than a delayed head of its thread takes the head's place.
create or replace function accept_run(
    p_run uuid, p_thread uuid, p_assistant uuid, p_assistant_metadata jsonb, p_metadata jsonb,
    p_names jsonb, p_kwargs jsonb, p_strategy text, p_delay_s double precision, p_config jsonb,
    p_create boolean
) returns setof run language plpgsql as $$
declare
    v_known jsonb;
    v_due timestamptz;
begin
    if p_create then
        insert into thread (thread_id, metadata) values (p_thread, p_names)
        on conflict (thread_id) do nothing;
    end if;
    select metadata into v_known from thread
    where thread_id = p_thread and hidden_at is null for update;
    if not found then
        return;
    end if;
    v_due := clock_timestamp() + make_interval(secs => p_delay_s);
    update run set ready = false
    where thread_id = p_thread and status = 'pending' and ready and due > v_due;
    update thread set status = 'busy', updated_at = now(), metadata = metadata || p_names,
        config = p_config
    where thread_id = p_thread;
    return query
    insert into run (run_id, thread_id, assistant_id, status, metadata, kwargs,
                     multitask_strategy, due, created_at, ready)
    values (
        p_run, p_thread, p_assistant, 'pending',
        p_assistant_metadata || v_known || p_metadata || p_names, p_kwargs, p_strategy, v_due,
        v_due, not exists (
            select 1 from run x where x.thread_id = p_thread and (
                x.status = 'running' or (x.status = 'pending' and x.ready)
            )
        )
    )
    returning *;
end $$;

-- End a run: its terminal status and what its thread takes over. Null, with nothing written, when
-- the attempt is not the run's live one; else whether another run of the thread became ready.
create or replace function finish_run(
    p_run uuid, p_attempt int, p_status text, p_output jsonb, p_values jsonb, p_interrupts jsonb,
    p_error jsonb, p_resting text, p_hide boolean
) returns boolean language plpgsql as $$
declare
    v_thread uuid;
    v_promoted boolean;
begin
    select thread_id into v_thread from run where run_id = p_run;
    perform 1 from thread where thread_id = v_thread for update;
    update run set status = p_status, output = p_output, lease_until = null, ended_at = now(),
        updated_at = now()
    where run_id = p_run and attempt = p_attempt and status = 'running';
    if not found then
        return null;
    end if;
    v_promoted := promote(v_thread);
    update thread set "values" = coalesce(p_values, "values"), interrupts = p_interrupts,
        error = p_error, resting = p_resting, status = standing(v_thread, p_resting),
        state_updated_at = now(), updated_at = now(), hidden_at = case when p_hide then now() end
    where thread_id = v_thread;
    return v_promoted;
end $$;

-- Whether a caller's rule lets a row with this metadata through: see auth/filters.py. No rule lets
-- every row through. Postgres puts the body in place of the call, so the index on metadata serves.
create or replace function permits(p_rule jsonpath, p_metadata jsonb) returns boolean
language sql immutable as $$ select p_rule is null or p_metadata @@ p_rule $$;

-- The inner product of two vectors.
create or replace function nearness(a float4[], b float4[]) returns float8
language sql immutable strict parallel safe as $$
    select sum(x::float8 * y) from unnest(a, b) as pair (x, y)
$$;
