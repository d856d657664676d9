"""Workers look for a run and take it in one statement, but without locking what they found."""

from onceproof.reference_impl import sql
from onceproof.reference_impl.core import queue
from onceproof.reference_impl.services import Parts

CAUGHT_BY = ("QUE-02",)


class Queue(queue.Queue):
    # The pause stands for a busy machine: both workers have looked before either has taken.
    claim_sql = sql.queue.CLAIM.replace("for update of r skip locked", "").replace(
        "select r.run_id from run r", "select r.run_id, pg_sleep(0.05) from run r"
    )


PARTS = Parts(queue=Queue)
