"""Load on an Agent Server, every run accounted for at the end.

    locust -f load/locustfile.py --host http://127.0.0.1:2024 --headless -u 20 -t 20s

Three kinds of users, mixed unless some are named on the command line: BackgroundRuns create runs
and join them, WaitRuns wait in the same request, StreamRuns follow the events, cut one stream in
five and resume it. They do not pause between runs. The server has to host the probe graphs
`load_echo` and `ticks`, or a graph of your own that is named, with inputs for it: it is judged by
what holds for any graph (docs/field-mode.md), and no input is sent beyond the number that may be.

    ONCEPROOF_HOSTS         base URLs of the replicas, comma-separated; users alternate over them
    ONCEPROOF_SINK          effect sink that the graphs report to
    ONCEPROOF_HISTORY       file to keep the history in
    ONCEPROOF_LOAD_RESULT   file for the result as JSON
    ONCEPROOF_ASSISTANT     graph or assistant of your own, instead of the probes
    ONCEPROOF_INPUT         file with its inputs, as --input has them; dealt in turn
    ONCEPROOF_CONTEXT, ONCEPROOF_CONFIG    files with its context and config
    ONCEPROOF_MAX_RUNS      at most so many runs of it, 40 if left out
    ONCEPROOF_FIRST_INPUT   number of the input to begin with
    ONCEPROOF_ONCE_PER_INPUT=1    no input is sent twice
    ONCEPROOF_ARRIVALS      when runs begin, whatever the server does: constant:20, poisson:20,
                            burst50:20, stages as in poisson:20*60s,80*10s, or replay:FILE.csv;
                            latencies count from then, and -u is how many may be under way
    ONCEPROOF_WORKERS       with --worker and a schedule: how many workers share it
    ONCEPROOF_SEED          number that chance follows, 0 if left out
    ONCEPROOF_LOAD_LIVE     file to write the seconds and the finished runs so far into
    ONCEPROOF_HEADERS       headers of every request, a line each, as --header has them
    ONCEPROOF_SERVER_PIDS   processes of the server, if they run here: their CPU time is counted
    ONCEPROOF_CA            certificates of the authorities to trust
    ONCEPROOF_CLIENT_CERTIFICATE, ONCEPROOF_CLIENT_KEY    what to show to the server
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from locust import FastHttpUser, constant, events, task
from locust.env import Environment
from locust.exception import StopUser

if str(Path(__file__).resolve().parents[1]) not in sys.path:
    # Locust puts the folder of this file on the path, not the one that has `load` as a package.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from onceproof.conformance.wire.any_graph import Spent
from onceproof.load import lifecycle
from onceproof.load.agent import Agent
from onceproof.load.arrivals.dealer import NoMoreArrivals
from onceproof.load.own_agent import OwnAgent
from onceproof.load.streaming import stream


class RunUser(FastHttpUser):
    """A user without think time, or one who begins a run of its `kind` when a schedule says so.

    A FastHttpUser, so that a task of your own has `self.client`; the tasks here go through the
    leaner `load.connection`. `default_headers` of a subclass go with all requests.
    """

    abstract = True
    wait_time = constant(0)
    kind = ""

    def on_start(self) -> None:
        """Take part in the test under way."""
        session = lifecycle.session_of(self.environment)
        session.headers = self.default_headers or {}
        report = self.environment.events.request.fire
        own = session.own
        self.agent = Agent(session, report) if own is None else OwnAgent(session, report, own)

    def on_stop(self) -> None:
        """Close connections."""
        self.agent.close()

    def play(self, work: Callable[[], None]) -> None:
        """Execute one run when it is due; a user who may create no more of them leaves."""
        dealer = self.agent.session.dealer
        try:
            if dealer is not None:
                self.agent.due_s = dealer.take(self.kind)
            work()
        except (Spent, NoMoreArrivals):
            raise StopUser from None


class BackgroundRuns(RunUser):
    """Creates a run, joins it."""

    weight, kind = 4, "background"

    @task
    def background(self) -> None:
        """Execute one run."""
        self.play(self.agent.background)


class WaitRuns(RunUser):
    """Creates a run and waits for its result in one request."""

    weight, kind = 3, "wait"

    @task
    def wait_for_result(self) -> None:
        """Execute one run."""
        self.play(self.agent.wait)


class StreamRuns(RunUser):
    """Creates a run and follows its events."""

    weight, kind = 3, "stream"

    @task
    def follow(self) -> None:
        """Execute one run."""
        agent = self.agent
        self.play(agent.stream if isinstance(agent, OwnAgent) else partial(stream, agent))


@events.init.add_listener
def _install(environment: Environment, **_: Any) -> None:
    lifecycle.install(environment)
