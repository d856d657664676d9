"""What the rows stand on: servers, databases with secret passwords, files with secrets."""

import json
import shlex
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import redis

from onceproof.conformance.certificate.keys import write_key_pair
from onceproof.conformance.stacks import probe
from onceproof.conformance.stacks.embedded import EmbeddedStack
from tests.secrets.canaries import canary
from tests.secrets.hostile import Handler

HERE = Path(__file__).parent
PYTHON = shlex.quote(sys.executable)
REFERENCE = f"{PYTHON} -m onceproof.reference_impl --role {{role}} --port {{port}}"
CRASHES = f"{PYTHON} {HERE / 'crashing.py'} --port {{port}}"
#: Variables that a target inherits.
INHERITED = {
    "LANGGRAPH_CLOUD_LICENSE_KEY": canary("licence"),
    "LANGSMITH_API_KEY": canary("langsmith"),
    "OPENAI_API_KEY": canary("model"),
    "SETTINGS": json.dumps({"deep": [{"token": canary("json")}]}),
}
PASSWORD = quote(canary("password"), safe="")


@dataclass(frozen=True)
class Databases:
    """URIs of a Postgres and a Redis that ask for a password, and the same with a wrong one."""

    postgres: str
    redis: str
    wrong_postgres: str
    wrong_redis: str


@contextmanager
def open_databases(folder: Path) -> Iterator[Databases]:
    """Start both, with passwords that are canaries."""
    stack = EmbeddedStack(folder)
    stack.start()
    try:
        postgres, store = stack.database_uri, stack.redis_uri
        assert postgres
        assert store
        probe.execute(postgres, f"ALTER USER postgres PASSWORD '{canary('postgres')}'", "it")
        with redis.Redis.from_url(store) as client:
            client.config_set("requirepass", canary("redis"))
        place, number = postgres.rpartition("@")[2], store.rpartition("//")[2]
        yield Databases(
            *(f"postgresql://postgres:{quote(canary('postgres'), safe='')}@{place}",),
            *(f"redis://:{quote(canary('redis'), safe='')}@{number}",),
            *(f"postgresql://postgres:{PASSWORD}@{place}", f"redis://:{PASSWORD}@{number}"),
        )
    finally:
        stack.stop()


@contextmanager
def serve_hostile() -> Iterator[str]:
    """Serve what repeats all that it is sent; the address without a scheme."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def take_port() -> Iterator[int]:
    """A port on which nobody answers, for as long as the block lasts."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@dataclass(frozen=True)
class Files:
    """What an operator has: a key, an application with its `.env`, its input and its context."""

    key: Path
    app: Path
    token: Path
    field: tuple[str, ...]


def write_files(folder: Path) -> Files:
    """Write them, with a canary wherever a secret belongs."""
    write_key_pair(folder / "key")
    token = folder / "token"
    token.write_text(canary("file"), encoding="utf-8")
    app = folder / "app"
    app.mkdir()
    (app / "leaky_graph.py").write_bytes((HERE / "leaky_graph.py").read_bytes())
    manifest = {"graphs": {"agent": "./leaky_graph.py:graph"}, "env": ".env", "dependencies": ["."]}
    (app / "langgraph.json").write_text(json.dumps(manifest), encoding="utf-8")
    (app / ".env").write_text(f"MY_TOKEN='{canary('dotenv')}'\n", encoding="utf-8")
    values = {
        "input": [{"question": "hello", "api_key": canary("input")}, {"question": "fail"}],
        "context": {"credentials": {"any": canary("context")}},
        "config": {"configurable": {"access_token": canary("config")}},
    }
    words: list[str] = []
    for name, value in values.items():
        (folder / name).write_text(json.dumps(value), encoding="utf-8")
        words += [f"--{name}", str(folder / name)]
    return Files(folder / "key", app, token, tuple(words))
