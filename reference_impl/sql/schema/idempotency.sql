-- What an Idempotency-Key has been used for: see idempotency.py. `name` is a digest of the key and
-- its user, `asked` one of what was asked with it. Runs may vanish before their key does: a retry
-- must not bring them back.
create table if not exists idempotency_key (
    name        bytea primary key,
    asked       bytea not null,
    runs        uuid[] not null,
    created_at  timestamptz not null default now()
);
create index if not exists idempotency_key_by_age on idempotency_key (created_at);
