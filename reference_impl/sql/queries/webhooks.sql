-- The outbox of webhooks: calls that are owed, and by whom they are being made.

-- name: CLAIM
-- Take up to $1 calls that are due, longest due first, on a lease of $2 seconds.
with next as (
    select delivery_id from webhook_delivery where due <= now()
    order by due limit $1 for update skip locked
)
update webhook_delivery owed set due = now() + make_interval(secs => $2)
from next where owed.delivery_id = next.delivery_id
returning owed.delivery_id, run_id, url, payload, failures

-- name: POSTPONE
-- Make these calls due in $2 seconds.
update webhook_delivery set due = now() + make_interval(secs => $2)
where delivery_id = any($1::uuid[])

-- name: RETRY
-- Count a failure of a call, and make it due in $2 seconds.
update webhook_delivery set due = now() + make_interval(secs => $2), failures = failures + 1
where delivery_id = $1

-- name: DELETE
-- Remove a call that is not owed any more.
delete from webhook_delivery where delivery_id = $1
