"""After the last request: every run is accounted for, and nothing is left on the server.

Drain every submitted run to its end (at most 30 s), read what the server holds of it, delete the
threads, and judge the history of this process with the checks of the certification. Reads go
through whole threads (the list of its runs, its state), three requests for twenty runs. The
deadlines of the phases count from the beginning.

A create that was never answered is looked up on its thread. Its request may still be under way
when the users are stopped, so such threads are given a second before they are believed.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gevent
import orjson
from gevent.pool import Pool

from onceproof.conformance.checks import CheckResult, run_all
from onceproof.conformance.history import Record, merge
from onceproof.conformance.history.values import Json
from onceproof.conformance.history.vocabulary import FINAL, QUIESCED, TERMINAL
from onceproof.conformance.wire.ledger import ledger_of
from onceproof.conformance.wire.sanitise import fields, text
from onceproof.load.account import Account, Thread, take_account
from onceproof.load.connection import Connection, NoAnswer
from onceproof.load.session import Session, Submission

DRAIN_S = 30.0
READ_S = 60.0
CLEAN_S = 75.0
REQUEST_S = 10.0
GRACE_S = 1.0
LOOKUP_S = 5.0
"""For threads on which no run is known to be: there may be nothing to wait for."""

POLL_S = 0.1
AT_ONCE = 8
WHO = "audit"
Judge = Callable[[list[Record]], list[CheckResult]]
Take = Callable[[list[CheckResult], list[Thread]], Account]
LIST_LIMIT = 1000


def audit(session: Session) -> Account:
    """Drain, read, judge and clean up; the history is closed then."""
    return run_audit(session, Auditor(session), run_all, take_account)


def run_audit(session: Session, auditor: "Auditor", judge: Judge, take: Take) -> Account:
    """Let an auditor do it; `judge` reads the history, and `take` says what that amounts to."""
    threads = [Thread(*item) for item in session.ledger.items() if item[1]]
    auditor.each(auditor.drain, threads)
    session.history.add("mark", QUIESCED, who=WHO, value={"drained": True})
    auditor.each(auditor.snap, threads)
    deleted = auditor.each(auditor.delete, [Thread(*item) for item in session.ledger.items()])
    auditor.close()
    session.history.close()
    # A thread of the operating system: the checks are busy for seconds with a long history, and
    # a worker that stays silent meanwhile is given up by its master.
    results = gevent.get_hub().threadpool.apply(_judge, (session, judge))
    session.history.remove()
    account = take(results, threads)
    account.left_behind = deleted.count(False)
    return account


def _judge(session: Session, judge: Judge) -> list[CheckResult]:
    return judge(list(merge([session.history.path])))


class Auditor:
    """Reads with a bounded number of connections until the deadlines have passed."""

    def __init__(self, session: Session) -> None:
        self.history = session.history
        self._session = session
        self._idle: list[Connection] = []
        self._made = 0
        self._start_s = time.monotonic()

    def each(self, work: Callable[[Thread], Any], threads: Iterable[Thread]) -> list[Any]:
        """Run something on each thread, several at once."""
        return Pool(AT_ONCE).map(work, threads)

    def drain(self, thread: Thread) -> None:
        """Wait until every run of the thread is over, and note how it ended."""
        while True:
            readable = self.read_runs(thread)
            now_s = time.monotonic() - self._start_s
            running = [s for s in thread.statuses.values() if s is not None and s not in TERMINAL]
            missing = [s for s in thread.submissions if s.run_id is None]
            settled = readable and not running and (not missing or now_s > GRACE_S)
            known = any(submission.accepted for submission in thread.submissions)
            if settled or now_s > (DRAIN_S if known else LOOKUP_S):
                return
            gevent.sleep(POLL_S)

    def snap(self, thread: Thread) -> None:
        """Record what the server holds of each run that could be read."""
        if not thread.statuses:
            return
        state = fields(self.read("GET", f"/threads/{thread.thread_id}/state"))
        status = text(fields(self.read("GET", f"/threads/{thread.thread_id}")).get("status"))
        log = ledger_of(state.get("values"))
        own = {submission.nonce for submission in thread.submissions}
        # Entries of nobody here go with the first run, for the checks to ask whose they are.
        strays = [entry for entry in log or [] if entry["nonce"] not in own]
        for each in thread.submissions:
            if each.nonce not in thread.statuses:
                continue
            mine = [entry for entry in log or [] if entry["nonce"] == each.nonce]
            value = {
                "run_id": each.run_id,
                "status": thread.statuses[each.nonce],
                "thread_status": status,
                "log": None if log is None else mine + strays,
                "own": True,
            }
            strays = []
            self.history.add("snap", FINAL, who=WHO, key=each.nonce, value=value)

    def delete(self, thread: Thread) -> bool:
        """Delete the thread; False if it has runs and could not be deleted."""
        empty = all(submission.run_id is None for submission in thread.submissions)
        if time.monotonic() - self._start_s > CLEAN_S:
            return empty
        try:
            status, _ = self._request("DELETE", f"/threads/{thread.thread_id}")
        except NoAnswer:
            return empty
        return empty or status < 300 or status == 404

    def close(self) -> None:
        """Close all connections."""
        for connection in self._idle:
            connection.close()

    def read_runs(self, thread: Thread) -> bool:
        """Bring the statuses up to date; False if the server could not be asked."""
        path = f"/threads/{thread.thread_id}/runs"
        try:
            status, runs = self._request("GET", f"{path}?limit={LIST_LIMIT}")
            if status not in (200, 404):
                return False
            listed = _by_id(runs) if status == 200 else {}
            self._recover(thread, listed)
            for each in thread.submissions:
                if each.run_id in listed:
                    thread.statuses[each.nonce] = text(listed[each.run_id].get("status"))
                elif each.accepted:
                    # Not in the list is no proof: ask for the run itself.
                    status, run = self._request("GET", f"{path}/{each.run_id}")
                    if status not in (200, 404):
                        return False
                    shown = text(fields(run).get("status")) if status == 200 else None
                    thread.statuses[each.nonce] = shown
        except NoAnswer:
            return False
        return True

    def _recover(self, thread: Thread, listed: Mapping[str, Json]) -> None:
        """Find the runs of creates that were never answered: by nonce, or because one is left."""
        missing = [each for each in thread.submissions if each.run_id is None]
        known = {each.run_id for each in thread.submissions}
        strangers = {id_: run for id_, run in listed.items() if id_ not in known}
        for each in missing:
            found = [id_ for id_, run in strangers.items() if self.identify(run) == each.nonce]
            if not found and len(missing) == len(strangers) == 1:
                found = [id_ for id_, run in strangers.items() if self.identify(run) is None]
            if found:
                each.run_id = found[0]
                value = {"nonce": each.nonce, "run_id": each.run_id}
                self.history.add("mark", "info-create-recovered", who=WHO, value=value)
                self.note_recovery(thread, each)

    def identify(self, run: Json) -> str | None:
        """Return the nonce that a listed run shows, None if it shows none."""
        return text(fields(fields(run.get("kwargs")).get("input")).get("nonce"))

    def note_recovery(self, thread: Thread, submission: Submission) -> None:
        """Take note of a run whose create was not answered, and that is there."""

    def read(self, method: str, path: str) -> Any:
        """Return what is answered, asking again until the deadline; None if there is nothing."""
        while True:
            try:
                status, body = self._request(method, path)
                if status == 200:
                    return body
                if status == 404:
                    return None
            except NoAnswer:
                pass
            if time.monotonic() - self._start_s > READ_S:
                return None
            gevent.sleep(POLL_S)

    def _request(self, method: str, path: str) -> tuple[int, Any]:
        """Status and JSON body (None if it is none); `NoAnswer` without an answer."""
        connection = self._idle.pop() if self._idle else self._connection()
        try:
            reply = connection.exchange(method, path)
        finally:
            self._idle.append(connection)
        try:
            return reply.status, orjson.loads(reply.take())
        except orjson.JSONDecodeError:
            return reply.status, None

    def _connection(self) -> Connection:
        self._made += 1
        hosts = self._session.hosts
        return Connection(hosts[self._made % len(hosts)], self._session.headers, REQUEST_S)


def _by_id(runs: Any) -> dict[str, Json]:
    """Those of a list of runs that have an id, by it."""
    shown = map(fields, runs if isinstance(runs, list) else ())
    return {run_id: run for run in shown if (run_id := text(run.get("run_id")))}
