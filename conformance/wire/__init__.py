"""The wire: what a client of an Agent Server sends and what comes back, byte for byte.

    sse      the strict parser of event streams (no I/O; also used by the load generator)
    client   `Api`: requests that alternate over replicas, bounded waits, remembered errors
    streams  `EventStream`: one open event stream and how it ended
    runs     `Runs`: runs driven through the API, every step of it in the history

Nothing is imported here, so that the load generator can have the parser without httpx.
"""
