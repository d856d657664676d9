"""The words of a history: what a record may be called, and what servers and probes say in it.

Whoever writes histories and whoever judges them share these words and nothing else, so each of
them stands here once. docs/history.md explains them.
"""

from typing import Literal, get_args

#: `ok` (it happened), `fail` (it definitely did not) and `info` (nobody knows) end an `invoke`.
Outcome = Literal["ok", "fail", "info"]
Kind = Literal["invoke", Outcome, "event", "effect", "fault", "mark", "snap"]

RunOperation = Literal["run.create", "run.status", "run.result", "run.cancel", "run.delete"]
StreamOperation = Literal["sub.open", "sub.event", "sub.close"]
StoreOperation = Literal["store.put", "store.get", "store.delete"]
AssistantOperation = Literal[
    "assistant.create",
    "assistant.update",
    "assistant.latest",
    "assistant.get",
    "assistant.delete",
]
ThreadOperation = Literal[
    "thread.create",
    "thread.made",
    "thread.read",
    "thread.state",
    "thread.delete",
    "thread.history",
    "thread.runs",
    "thread.update",
]
#: What a client does or sees. The names of faults and of most marks belong to those who leave them.
OperationName = Literal[
    RunOperation, StreamOperation, StoreOperation, AssistantOperation, ThreadOperation, "cron.fires"
]
OPERATIONS: tuple[str, ...] = get_args(OperationName)

#: What a probe reports to the sink: `once` is a begin, an effect and an end in one instant.
Sign = Literal["begin", "ping", "effect", "end", "once"]
SIGNS: tuple[str, ...] = get_args(Sign)
BEGINS = frozenset({"begin", "once"})
ENDS = frozenset({"end", "once"})

#: The read of a run at the quiescent end, and the marks of that end and of two kinds of trouble.
FINAL = "final"
QUIESCED = "quiesced"
HTTP_ERROR = "http-error"
#: How a run should end, as its creator says; and the fault of a process that ended by itself.
EXPECTED_END = "expected-end"
DIED = "process-died"
CUT = "history-cut"  # left by `read` where a history ends in the middle of a line

#: Statuses in which a run is over.
TERMINAL = frozenset({"success", "error", "timeout", "interrupted"})
#: The result of reading an item that does not exist.
ABSENT = "absent"
#: HTTP statuses of a server that does not have a route.
NO_SUCH_ROUTE = frozenset({404, 405, 501})
