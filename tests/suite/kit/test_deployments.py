"""A second deployment of a target: its own settings, its own databases, and gone at the end."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from onceproof.conformance.options import Options
from onceproof.conformance.session import Session
from onceproof.conformance.suite.kit.deployments import start_deployment
from onceproof.conformance.targets.base import Capable
from onceproof.conformance.targets.capabilities import STARTED

SERVER = '''
import json, os, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Told(BaseHTTPRequestHandler):
    """Answers its environment."""
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(dict(os.environ)).encode())

HTTPServer(("127.0.0.1", int(sys.argv[1])), Told).serve_forever()
'''


@dataclass
class Shelf:
    """A stack that only hands out addresses."""

    kind: str = "embedded"
    database_uri: str = "postgresql://nowhere/first"
    redis_uri: str = "redis://nowhere/0"
    added: list[str] = field(default_factory=list)

    def add_database(self, name: str) -> str:
        self.added.append(name)
        return f"postgresql://nowhere/{name}"

    def offers(self, capability: str) -> bool:
        return capability == "databases"

    def redis_number(self, number: int) -> str:
        return f"redis://nowhere/{number}"


def session(folder: Path, kind: str, command: str | None = None) -> Any:
    made: Any = Session(Options(command=command, run_dir=folder))
    made.target, made.stack = Capable(), Shelf()
    made.target.kind = kind
    made.target.capabilities = frozenset() if kind == "url" else STARTED
    made.history, made.sink = None, SimpleNamespace(url="http://nowhere")
    return made


def read_ok(url: str) -> dict[str, str]:
    with urlopen(url + "/ok", timeout=5) as answer:
        return json.load(answer)


@pytest.mark.anyio
async def test_it_has_the_given_settings_and_databases_of_its_own(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    given = session(tmp_path, "command", f"{{python}} '{script}' {{port}}")
    async with (
        start_deployment(given, {"BG_JOB_TIMEOUT_SECS": "2"}) as first,
        start_deployment(given, {}) as second,
    ):
        one, two = read_ok(first.target.urls[0]), read_ok(second.target.urls[0])
    assert one["BG_JOB_TIMEOUT_SECS"] == "2"
    assert "BG_JOB_TIMEOUT_SECS" not in two
    assert one["LEASE_MS"] == str(given.options.lease_ms)
    wanted = [f"postgresql://nowhere/{name}" for name in given.stack.added]
    assert [one["DATABASE_URI"], two["DATABASE_URI"]] == wanted
    assert len({given.stack.redis_uri, one["REDIS_URI"], two["REDIS_URI"]}) == 3
    for gone in (first, second):
        with pytest.raises(URLError):
            read_ok(gone.target.urls[0])


@pytest.mark.anyio
async def test_on_a_target_that_we_do_not_start_it_is_not_judged(tmp_path: Path) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"NOT_JUDGED: .* second deployment"):
        async with start_deployment(session(tmp_path, "url"), {}):
            pytest.fail("there is no second deployment")


@pytest.mark.anyio
async def test_one_that_does_not_start_makes_the_test_inconclusive(tmp_path: Path) -> None:
    given = session(tmp_path, "command", "{python} -c 'raise SystemExit(3)' {port}")
    with pytest.raises(pytest.skip.Exception, match=r"INCONCLUSIVE: .*N_JOBS.*status 3"):
        async with start_deployment(given, {"N_JOBS_PER_WORKER": "1"}):
            pytest.fail("there is no second deployment")
