"""Field mode: a deployment is judged by graphs that nobody here wrote.

A laboratory knows what its graph will do. Here nothing is known of the graph, nothing is planted in
it, and no two runs are compared, since a model answers differently each time. So every oracle
compares views of one run: what was acknowledged, streamed to one reader and to another, stored,
listed and answered, on one replica and on the next.

words      the names of what is recorded beyond the words of the history
views      the records of a field run by run, thread and reader; pure
oracles    one module for each oracle; pure
extract    what is kept of an answer: digests, ids and names, never content
events     the same, of an event of a stream
inputs     the operator's files
plan       what is going to be run, from a seed
driver     runs it and records what was seen
"""
