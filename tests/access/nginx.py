"""nginx as people put it before such a server: TLS, an API key, a path prefix, 60 s of patience.

Below `/live` it passes on what comes as it comes, below `/lumps` it gathers every answer first.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from onceproof.conformance.stacks.ports import free_port
from onceproof.conformance.stacks.waiting import wait_for_start

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
KEY = "gate-k3y-001"
_LOCATION = """
    location {prefix}/ {{
      if ($http_x_api_key != "{key}") {{ return 401; }}
      proxy_pass http://agents/;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_read_timeout 60s;
      {buffering}
    }}"""
_LIVE = "proxy_buffering off;"
_LUMPS = "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering;"
_CONFIG = """
{user}daemon off; worker_processes 1; worker_rlimit_nofile 8192;
pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_max_body_size 0;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  upstream agents {{ {servers} }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate}; ssl_certificate_key {certificate};
    location / {{ return 404; }}{locations}
  }}
}}
"""


@contextmanager
def run_nginx(folder: Path, certificate: Path, upstreams: Sequence[str]) -> Iterator[str]:
    """Run nginx before these servers; yield its base URL, without the prefix."""
    port = free_port()
    locations = [
        _LOCATION.format(prefix=prefix, key=KEY, buffering=buffering)
        for prefix, buffering in (("/live", _LIVE), ("/lumps", _LUMPS))
    ]
    servers = " ".join(f"server {urlsplit(each).netloc};" for each in upstreams)
    (folder / "nginx.conf").write_text(
        _CONFIG.format(
            # Its worker would give root's rights up, and could not write into a test's folder.
            user="user root; " if os.getuid() == 0 else "",
            folder=folder,
            servers=servers,
            port=port,
            certificate=certificate,
            locations="".join(locations),
        ),
        encoding="utf-8",
    )
    process = subprocess.Popen([str(NGINX), "-c", str(folder / "nginx.conf")], cwd=folder)
    try:
        assert wait_for_start(lambda: is_listening(port), 20)
        yield f"https://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def is_listening(port: int) -> bool:
    """Return whether a server listens at this port of this machine."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
