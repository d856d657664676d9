-- Long-term memory: items by namespace (`prefix`) and key, and the vectors of what they mean.

-- name: COLUMNS
-- (fragment) The columns that an item is read by.
prefix, key, value, created_at, updated_at, ttl_minutes

-- name: IS_ALIVE
-- (fragment) The item has not expired.
(expires_at is null or expires_at > now())

-- name: GET
-- Read one item.
select {store.COLUMNS} from store_item where prefix = $1 and key = $2 and {store.IS_ALIVE}

-- name: PUT
-- Create or replace an item.
--
-- Under concurrency the later writer may have started, and so read its clock, first: the item that
-- won must still be the most recently updated one, hence `greatest`.
insert into store_item as old (prefix, key, value, ttl_minutes, expires_at)
values ($1, $2, $3, $4, now() + $4 * interval '1 minute')
on conflict (prefix, key) do update set
    value = excluded.value,
    ttl_minutes = excluded.ttl_minutes,
    expires_at = excluded.expires_at,
    created_at = case when old.expires_at <= now() then now() else old.created_at end,
    updated_at = greatest(clock_timestamp(), old.updated_at + interval '1 microsecond')

-- name: REFRESH
-- Begin the lives of these items anew.
--
-- Who refreshes an item at this moment refreshes it for all: nobody waits, so readers of many items
-- cannot wait for one another in a circle.
with read as (
    select i.prefix, i.key from store_item i
    join unnest($1::text[], $2::text[]) as given (prefix, key)
        on i.prefix = given.prefix and i.key = given.key
    where i.expires_at > now() for update of i skip locked
)
update store_item i set expires_at = now() + i.ttl_minutes * interval '1 minute'
from read where i.prefix = read.prefix and i.key = read.key

-- name: DELETE
-- Remove an item and, by the cascade, its vectors.
delete from store_item where prefix = $1 and key = $2

-- name: DELETE_VECTORS
-- Remove the vectors of an item.
delete from store_meaning where prefix = $1 and key = $2

-- name: INSERT_VECTOR
-- Store a vector of an item.
insert into store_meaning (prefix, key, vector) values ($1, $2, $3)

-- name: SEARCH
-- (composed) List the items that fulfil the conditions, the newest first.
select {store.COLUMNS} from store_item
where {where}
order by updated_at desc, prefix, key limit {limit} offset {offset}

-- name: SEARCH_NEAREST
-- (composed) List the items with vectors that fulfil the conditions, the nearest to a vector first.
select {store.COLUMNS}, score from store_item
cross join lateral (
    select max(nearness(vector, {vector}::float4[])) as score from store_meaning
    where store_meaning.prefix = store_item.prefix and store_meaning.key = store_item.key
) as found
where {where} and score is not null
order by score desc, updated_at desc, prefix, key limit {limit} offset {offset}

-- name: NAMESPACES
-- (composed) List the namespaces that fulfil the conditions, cut off at a depth.
select distinct labels[:{depth}::int] as labels
from (
    select distinct string_to_array(prefix, '.') as labels from store_item
    where {store.IS_ALIVE}
) as namespace
where {where} order by labels limit {limit} offset {offset}

-- name: SWEEP
-- Remove up to $1 items that have expired, and count them.
with due as (
    select prefix, key from store_item where expires_at < now()
    order by expires_at limit $1 for update skip locked
), gone as (
    delete from store_item i using due where i.prefix = due.prefix and i.key = due.key
    returning true
)
select count(*) from gone
