"""Settings of the Postgres and the Redis beneath a target that make it lose or refuse work.

postgres   what a Postgres says of itself, read in one transaction
pooler     whether a pooler hands out another session for each transaction
redis      what a Redis says of itself, and which keys of others it holds

Everything is read, nothing is written; each takes a URI and returns a list of flaws.
"""
