"""pgbouncer before a Postgres."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from onceproof.conformance.stacks.ports import free_port
from onceproof.conformance.stacks.waiting import wait_for_start
from tests.access.nginx import is_listening

PGBOUNCER = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
_CONFIG = """
[databases]
* = host=127.0.0.1 port={postgres}
[pgbouncer]
listen_addr=127.0.0.1
listen_port={port}
auth_type=plain
unix_socket_dir=
auth_file={folder}/users
pool_mode={mode}
"""


@contextmanager
def run_pgbouncer(folder: Path, uri: str, mode: str) -> Iterator[str]:
    """Run it in that mode before the Postgres at the URI; yield the URI that leads through it."""
    if PGBOUNCER is None:
        pytest.skip("pgbouncer is not installed")
    parts, port = urlsplit(uri), free_port()
    (folder / "users").write_text(f'"{parts.username}" "{parts.password}"\n', encoding="utf-8")
    config = _CONFIG.format(postgres=parts.port, port=port, folder=folder, mode=mode)
    (folder / "pgbouncer.ini").write_text(config, encoding="utf-8")
    for each in (folder, *folder.parents[:2]):
        each.chmod(0o755)  # it gives root's rights up, and has to read its files
    process = subprocess.Popen([PGBOUNCER, "-q", "-u", "nobody", str(folder / "pgbouncer.ini")])
    try:
        assert wait_for_start(lambda: is_listening(port), 20)
        yield uri.replace(f":{parts.port}/", f":{port}/")
    finally:
        process.terminate()
        process.wait(20)
