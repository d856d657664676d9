-- The searches for threads, assistants and crons: see search.py.

-- name: ROWS
-- (composed) List the rows of a table that fulfil the conditions.
select * from {table} where {where} order by {order} limit {limit} offset {offset}

-- name: COUNT
-- (composed) Count the rows of a table that fulfil the conditions.
select count(*) from {table} where {where}
