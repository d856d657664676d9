"""Load: Locust users whose every run lands in a history, and is accounted for at the end.

locustfile   the users; what Locust is pointed at
session      one load test in one process: where to, what it recorded, what it measured
agent        the three ways of using a run: in the background, waited for, streamed
connection   HTTP/1.1 over one gevent socket
recorder     the vocabulary of the history
series       what happened in each second, and how long operations took
own          a graph of the operator's: its inputs, dealt and counted
own_agent    the same three ways of using a run, of that graph
own_audit    its audit: judged by what holds for any graph
audit        after the last request: drain, read, judge, clean up
result       the "load" object and the one sentence
cluster      Locust's workers report to their master
"""
