"""The minimal reference Agent Server: real LangGraph graphs, exactly-once by construction.

Read it in this order: `sql/schema/schema.sql` (the state), `queue.py` (acceptance, claim, lease,
terminal status), `recovery.py` (runs whose worker is gone), `checkpointer.py` (state as rows),
`checkpoints.py` (fencing), `broker.py` (streams), `execute.py` (one attempt), `worker.py` (the
loop), `api/` (the HTTP surface), `services.py` (how the parts are put together).
"""
