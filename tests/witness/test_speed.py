"""The witness must not be what a load test measures: its cost in CPU time, not wall time."""

import http.client
import json
import threading
import time

from onceproof.conformance.witness import Sink

REQUESTS = 1500
REQUIRED_PER_CPU_S = 2000


def test_the_sink_serves_two_thousand_requests_per_cpu_second(sink: Sink) -> None:
    (thread,) = [one for one in threading.enumerate() if one.name == "effect sink"]
    assert thread.ident is not None
    clock = time.pthread_getcpuclockid(thread.ident)
    connection = http.client.HTTPConnection(sink.url.removeprefix("http://"))
    started = time.clock_gettime(clock)
    for number in range(REQUESTS):
        connection.request("POST", "/once", json.dumps({"nonce": str(number), "key": "k"}))
        connection.getresponse().read()
    cpu_s = time.clock_gettime(clock) - started
    connection.close()

    assert len(sink.executions(str(REQUESTS - 1))) == 1
    assert REQUESTS / cpu_s > REQUIRED_PER_CPU_S
