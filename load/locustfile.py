"""Load on an Agent Server, every run accounted for at the end.

    locust -f load/locustfile.py --host http://127.0.0.1:2024 --headless -u 20 -t 20s

Three kinds of users, mixed unless some are named on the command line: BackgroundRuns create runs
and join them, WaitRuns wait in the same request, StreamRuns follow the events, cut one stream in
five and resume it. They do not pause between runs. The server has to host the probe graphs
`load_echo` and `ticks`.

    ONCEPROOF_HOSTS         base URLs of the replicas, comma-separated; users alternate over them
    ONCEPROOF_SINK          effect sink that the graphs report to
    ONCEPROOF_HISTORY       file to keep the history in
    ONCEPROOF_LOAD_RESULT   file for the result as JSON
    ONCEPROOF_HEADERS       headers of every request, a line each, as --header has them
    ONCEPROOF_CA            certificates of the authorities to trust
    ONCEPROOF_CLIENT_CERTIFICATE, ONCEPROOF_CLIENT_KEY    what to show to the server
"""

import sys
from pathlib import Path
from typing import Any

from locust import FastHttpUser, constant, events, task
from locust.env import Environment

if str(Path(__file__).resolve().parents[1]) not in sys.path:
    # Locust puts the folder of this file on the path, not the one that has `load` as a package.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from onceproof.load import lifecycle
from onceproof.load.agent import Agent
from onceproof.load.streaming import stream


class RunUser(FastHttpUser):
    """A user without think time.

    A FastHttpUser, so that a task of your own has `self.client`; the tasks here go through the
    leaner `load.connection`. `default_headers` of a subclass go with all requests.
    """

    abstract = True
    wait_time = constant(0)

    def on_start(self) -> None:
        """Take part in the test under way."""
        session = lifecycle.session_of(self.environment)
        session.headers = self.default_headers or {}
        self.agent = Agent(session, self.environment.events.request.fire)

    def on_stop(self) -> None:
        """Close connections."""
        self.agent.close()


class BackgroundRuns(RunUser):
    """Creates a run, joins it."""

    weight = 4

    @task
    def background(self) -> None:
        """Execute one run."""
        self.agent.background()


class WaitRuns(RunUser):
    """Creates a run and waits for its result in one request."""

    weight = 3

    @task
    def wait_for_result(self) -> None:
        """Execute one run."""
        self.agent.wait()


class StreamRuns(RunUser):
    """Creates a run and follows its events."""

    weight = 3

    @task
    def follow(self) -> None:
        """Execute one run."""
        stream(self.agent)


@events.init.add_listener
def _install(environment: Environment, **_: Any) -> None:
    lifecycle.install(environment)
