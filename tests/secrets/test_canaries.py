"""Canaries: no secret that the harness is given is in any file of a run, or on the terminal.

Two certifications of a server that gives everything away, one of a running server and one that is
started; each secret is another canary, so that a leak names the option that it came by.
"""

import base64
import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from onceproof.conformance.certificate.keys import write_key_pair
from onceproof.conformance.errors import FAILED, USAGE
from onceproof.conformance.history.packing import open_lines
from onceproof.conformance.run_folder import REPORTS, SIGNED
from tests.secrets.hostile import Handler

CANARY = re.compile(rb"c4nAry-ecret", re.IGNORECASE)
CERTIFY = [sys.executable, "-m", "onceproof.conformance", "certify"]
#: Some requests of each kind: plain ones, streams, the official client, those by bare sockets.
ONLY = [word for each in ("SYS-0", "RUN-02", "STR-32", "SDK-0") for word in ("--only", each)]
HOSTILE = shlex.join([sys.executable, str(Path(__file__).with_name("hostile.py"))])


def canary(name: str) -> str:
    return f"x7Y9z1w3-c4nAry-ecret-{name}"  # whose first eight may be left where a text was cut


def certify(*words: str, **environ: str) -> tuple[int, bytes]:
    ended = subprocess.run(
        [*CERTIFY, *words], env={**os.environ, **environ}, capture_output=True, timeout=300
    )
    return ended.returncode, ended.stdout + ended.stderr


def list_leaks(folder: Path) -> Iterator[str]:
    """Yield each line of a file of the run that has a canary."""
    for path in folder.rglob("*"):
        if not path.is_file() or path.is_symlink():
            continue
        if path.name.endswith(".jsonl.zst"):
            with open_lines(path) as lines:
                content = lines.read()
        else:
            content = path.read_bytes()
            content += read_signed(content) if path.name in SIGNED else b""
        for line in content.splitlines():
            if found := CANARY.search(line):
                yield f"{path.relative_to(folder)}: {line[found.start() :][:60]!r}"


def read_signed(envelope: bytes) -> bytes:
    return base64.b64decode(json.loads(envelope)["payload"])


def test_a_running_server_that_repeats_everything_leaks_nothing(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    where = f"127.0.0.1:{server.server_port}"
    token = tmp_path / "token"
    token.write_text(canary("file"), encoding="utf-8")
    lever = f'curl -H "Authorization: Bearer {canary("lever")}" http://{where}/{{replica}}'
    try:
        status, output = certify(
            *("--url", f"http://user:{canary('url')}@{where}", "--run-dir", str(tmp_path / "run")),
            *("--header", f"x-api-key={canary('header')}"),
            *("--header", "x-env=env:GATE_TOKEN", "--header", f"x-file=file:{token}"),
            *("--header", f"x-command=command:echo {canary('command')}"),
            *("--lever", f"kill={lever}", "--lever", f"start={lever}"),
            *ONLY,
            GATE_TOKEN=canary("environment"),
            LANGSMITH_API_KEY=canary("langsmith"),
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    token.unlink()
    assert status == FAILED, output.decode()[-2000:]
    assert CANARY.search(output) is None
    assert list(list_leaks(tmp_path)) == []
    assert "***" in (tmp_path / "run" / "results.json").read_text(encoding="utf-8")
    assert all((tmp_path / "run" / name).stat().st_size for name in REPORTS)


def test_plain_pytest_prints_no_secret(tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    url = f"http://user:{canary('url')}@127.0.0.1:{server.server_port}"
    try:
        ended = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "--pyargs", "onceproof.conformance.suite.system"),
                *("--onceproof-url", url, "--onceproof-only", "SYS-10"),
                *("--onceproof-header", f"x-api-key={canary('header')}"),
                *("--onceproof-run-dir", str(tmp_path / "run")),
            ],
            capture_output=True,
            timeout=120,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED
    assert b"***" in ended.stdout
    assert CANARY.search(ended.stdout + ended.stderr) is None
    assert list(list_leaks(tmp_path)) == []


def test_a_started_server_that_repeats_everything_leaks_nothing(tmp_path: Path) -> None:
    options = f"--api-key {canary('option')} --token={canary('token')}"
    quoted = f"--password '{canary('quoted')} \"and\" <more>' PASSWORD={canary('assigned')}"
    uri = f"--db postgresql://me:{canary('uri')}@nowhere/db"
    write_key_pair(tmp_path / "key")
    status, output = certify(
        *("--command", f"{HOSTILE} --port {{port}} {options} {quoted} {uri}"),
        *("--sign", str(tmp_path / "key")),
        *("--stack", "none", "--run-dir", str(tmp_path / "run")),
        *("--env", f"LANGSMITH_API_KEY={canary('langsmith')}"),
        *("--env", f"AUTH=Bearer {canary('bearer')}"),
        *("--env", f"SENTRY_DSN=https://{canary('dsn')}@host/1"),
        *("--env", f"ANYTHING={canary('anything')}é<&>\\"),
        *("--env", "PASSED_ON", "--env", f"DB_PASSWORD={canary('db')}", *ONLY),
        PASSED_ON=canary("passed"),
    )
    assert status == FAILED, output.decode()[-2000:]
    assert CANARY.search(output) is None
    assert list(list_leaks(tmp_path)) == []
    logs = list((tmp_path / "run" / "logs").glob("*.log"))
    assert any("ANYTHING=***" in log.read_text(encoding="utf-8") for log in logs)
    assert b"--token=***" in read_signed((tmp_path / "run" / SIGNED[0]).read_bytes())


def test_a_run_without_its_secrets_is_rechecked_bit_for_bit(tmp_path: Path) -> None:
    command = f"{HOSTILE} --port {{port}} --token {canary('token')}"
    status, _ = certify(
        *("--command", command, "--stack", "none", "--only", "SYS-0"),
        *("--run-dir", str(tmp_path / "run")),
    )
    assert status == FAILED
    recheck = [sys.executable, "-m", "onceproof.conformance", "recheck", str(tmp_path / "run")]
    ended = subprocess.run(recheck, capture_output=True, encoding="utf-8", timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "the results are the same, bit for bit\n")


@pytest.mark.parametrize(
    "words",
    [
        ["--url", f"http://127.0.0.1:1/?api_key={canary('query')}"],
        ["--url", f"http://me:{canary('slash')}/@127.0.0.1:x"],
        ["--url", f"ftp://{canary('user')}@h"],
        ["--header", f"X-Api-Key: {canary('colon')}"],
        ["--env", f"={canary('nameless')}"],
        ["--command", f"srv --token {canary('portless')}"],
        ["--url", "http://127.0.0.1:1", "--lever", f"kil=curl -u me:{canary('lever')}"],
        ["--database-uri", f"postgresql://u:p {canary('blank')}@127.0.0.1:1/d"],
        ["--unknown", canary("unknown") + "token=" + canary("word")],
    ],
    ids=lambda words: words[-2] + words[-1][:6],
)
def test_a_refusal_quotes_no_secret(words: list[str], tmp_path: Path) -> None:
    status, output = certify(*words, "--only", "SYS-01", "--run-dir", str(tmp_path / "run"))
    assert (status in (USAGE, 69), output.count(b"Traceback")) == (True, 0), output
    if "--unknown" not in words:
        assert CANARY.search(output) is None, output
    assert list(list_leaks(tmp_path)) == []
