"""Webhooks: one POST for each run that ended, owed from the moment its status is written.

policy      which addresses a client may have called, as `langgraph.json` says
addresses   what a host name stands for, and which addresses are never called
outbox      the calls that are owed, in Postgres
calling     one call, over its redirects
sender      the task of a worker process that makes the calls
"""
