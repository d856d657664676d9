"""A user's own graphs on the reference server, before there is a deployment.

`AppServer` hosts what a `langgraph.json` names beside a Postgres and a Redis of its own, and
`judge` says in sentences for their author what was wrong with the runs that it executed.
"""
