"""From Locust's first event to its last: start a session, account for it, say so.

The account is taken while Locust stops the test, after the users are gone. The sentence comes
last, below Locust's own tables. The exit status is settled before Locust asks for it, also when
the test is ended by a signal.
"""

import os
import signal
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import gevent
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from onceproof.conformance.errors import USAGE, TargetError, UsageError
from onceproof.conformance.secrets import SECRETS
from onceproof.load import cluster, result
from onceproof.load.account import Account
from onceproof.load.arrivals.pace import export_pace
from onceproof.load.audit import audit
from onceproof.load.entrance import demand_entrance
from onceproof.load.hosted import demand_graphs
from onceproof.load.live import append_line
from onceproof.load.own_audit import audit_own
from onceproof.load.place import Place, count_workers, demand_shares
from onceproof.load.series import export
from onceproof.load.session import Session, settings, start

NO_HOST = "no server to load: give --host URL, or set ONCEPROOF_HOSTS"

_lives: "WeakKeyDictionary[Environment, Lifecycle]" = WeakKeyDictionary()


def install(environment: Environment) -> None:
    """Take part in the tests of this environment; called once, when Locust is ready."""
    # Locust sets the alarm for --run-time next. The event loop would count it from when it last
    # ran, before all the imports, and so end a test seconds earlier than was asked for.
    gevent.get_hub().loop.update_now()
    options = environment.parsed_options
    master = isinstance(environment.runner, MasterRunner)
    worker = isinstance(environment.runner, WorkerRunner)
    hosts = settings(os.environ).hosts
    environment.host = environment.host or (hosts[0] if hosts else None)
    if environment.host is None and options is not None and options.headless and not worker:
        print(NO_HOST, file=sys.stderr)
        sys.exit(USAGE)
    if master or worker:
        _demand_shares_or_exit(options)
    if not worker:
        # As it is, Ctrl-C breaks into whichever greenlet is at work, and one that is being thrown
        # away swallows it. So the first greenlet is woken, which waits for the end of the test.
        gevent.signal_handler(signal.SIGINT, gevent.kill, gevent.getcurrent(), KeyboardInterrupt)
    life = Lifecycle(environment)
    _lives[environment] = life
    environment.events.quit.add_listener(life.on_quit)
    if master:
        cluster.Master(environment, life.conclude)
        return
    environment.events.test_start.add_listener(life.on_test_start)
    environment.events.spawning_complete.add_listener(life.on_spawning_complete)
    environment.events.test_stop.add_listener(life.on_test_stop)
    environment.events.quitting.add_listener(life.on_quitting)
    if worker:
        cluster.listen(environment)


def _demand_shares_or_exit(options: Namespace | None) -> None:
    try:
        demand_shares(options)
    except UsageError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_status)


def session_of(environment: Environment) -> Session:
    """Return the session of the test under way."""
    session = _lives[environment].session
    assert session is not None, "users only exist between test_start and test_stop"
    return session


class Lifecycle:
    """The sessions of one process, one after the other, and the result of the last."""

    def __init__(self, environment: Environment) -> None:
        self.session: Session | None = None
        self._environment = environment
        self._round = 0
        self._ticker: gevent.Greenlet | None = None
        self._lines: list[str] = []

    def on_test_start(self, **_: Any) -> None:
        """Begin a session."""
        self._round += 1
        try:
            self.session = start(self._environment.host, self._find_place(), self._weights)
            demand_entrance(self.session.hosts)
            demand_graphs(self.session)
        except (UsageError, TargetError) as error:
            print(SECRETS.hide(str(error)), file=sys.stderr)
            sys.exit(error.exit_status)
        self._ticker = gevent.spawn(self._tick, self.session)

    def _find_place(self) -> Place:
        """Which process of the test this is."""
        runner = self._environment.runner
        if not isinstance(runner, WorkerRunner):
            return Place(self._round)
        workers = count_workers(self._environment.parsed_options, os.environ)
        return Place(self._round, runner.worker_index, workers or 1)

    @property
    def _weights(self) -> dict[str, int]:
        """The weights of the users by the kind of their runs."""
        users = self._environment.user_classes
        return {kind: int(each.weight) for each in users if (kind := getattr(each, "kind", ""))}

    def on_spawning_complete(self, **_: Any) -> None:
        """Open the schedule, now that somebody is there for each arrival."""
        if self.session is not None and self.session.dealer is not None:
            self.session.dealer.open()

    def on_test_stop(self, **_: Any) -> None:
        """Account for the session; a worker sends the account to its master."""
        session, self.session = self.session, None
        if session is None:
            return
        session.series.end()
        if self._ticker is not None:
            self._ticker.kill()
        account = audit(session) if session.own is None else audit_own(session, session.own)
        runner = self._environment.runner
        users = max(runner.target_user_count, runner.user_count) if runner else 0
        share = result.part(export(session.series), account, users, export_pace(session.dealer))
        if isinstance(runner, WorkerRunner):
            cluster.send(runner, share)
        else:
            self.conclude([share])

    def on_quitting(self, **_: Any) -> None:
        """Handle a signal: it ends Locust without stopping the test first, and asks for the status
        next."""
        if self._environment.runner is not None:
            self._environment.runner.stop()

    def conclude(self, parts: list[result.Part]) -> None:
        """Settle the result of the test from the shares of all processes."""
        account = result.merge_accounts([Account(**each["account"]) for each in parts])
        load = result.summarize(parts)
        self._lines = [*result.lines(account), *result.describe_arrivals(load.get("arrivals"))]
        if not result.is_clean(account):
            self._environment.process_exit_code = 1
        path = settings(os.environ).result
        if path is not None:
            result.write(Path(path), load)

    def _tick(self, session: Session) -> None:
        while True:
            gevent.sleep(1)
            session.series.tick()
            if session.live is not None:
                append_line(session.live, session.series)
            runner = self._environment.runner
            if session.is_spent and runner and not runner.user_count:
                self._end_early(runner)
                return

    def _end_early(self, runner: Runner) -> None:
        """End the test: its users have all left, since there are no more runs for them."""
        if isinstance(runner, WorkerRunner):
            cluster.leave(runner)
        else:
            cluster.end(self._environment)

    def on_quit(self, **_: Any) -> None:
        """Print the last words."""
        if self._lines:
            print("\n".join(self._lines), flush=True)
