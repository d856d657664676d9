"""`certify --open`: the page on loopback until Ctrl-C, and in a terminal what is going on."""

import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from onceproof.conformance.commands import shown_report
from onceproof.conformance.commands.shown_report import show_report
from onceproof.conformance.errors import INTERRUPTED
from onceproof.conformance.stacks.waiting import wait_until
from onceproof.conformance.stopping import stop_request
from tests.hearing import hear_signals
from tests.hostile.hostile_server import LATE, HostileServer


@contextmanager
def shown(report: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[str]:
    """The address that is printed, while the page is served."""
    said: list[str] = []
    thread = threading.Thread(target=show_report, args=[report])
    thread.start()
    try:
        assert wait_until(lambda: bool(said.append(capsys.readouterr().out) or "".join(said)), 10)
        found = re.search(r"http://127\.0\.0\.1:\d+/", "".join(said))
        assert found, said
        yield found[0]
    finally:
        stop_request.note()
        thread.join(10)
        stop_request.forget()
    assert not thread.is_alive()


def test_the_page_is_served_on_loopback_until_a_signal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(shown_report.webbrowser, "open", opened.append)
    report = tmp_path / "report.html"
    report.write_text("<p>it is", encoding="utf-8")
    with shown(report, capsys) as url:
        assert httpx.get(url).text == "<p>it is"
        assert wait_until(lambda: opened == [url], 10)
        assert httpx.get(f"{url}../results.json").status_code == 404
        foreign = httpx.get(url, headers={"host": "evil.example"})
        assert (foreign.status_code, "it is" in foreign.text) == (421, False)
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_who_interrupts_is_shown_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stop_request.note()
    try:
        show_report(tmp_path / "none")
    finally:
        stop_request.forget()
    assert capsys.readouterr().out == ""


class Terminal:
    """A terminal of our own, and all that was written to it."""

    def __init__(self) -> None:
        self.ours, self.theirs = pty.openpty()
        self.text = ""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            while chunk := os.read(self.ours, 65_536):
                self.text += chunk.decode("utf-8", "replace")
        except OSError:  # the other side has been closed
            return


def test_a_terminal_shows_the_chapter_and_the_test_under_way(tmp_path: Path) -> None:
    terminal = Terminal()
    command = [sys.executable, "-m", "onceproof.conformance", "certify", "--only", "RUN-02"]
    with HostileServer() as server:
        command += ["--url", server.url(LATE), "--open", "--run-dir", str(tmp_path / "run")]
        run = subprocess.Popen(
            command,
            stdin=terminal.theirs,
            stdout=terminal.theirs,
            stderr=terminal.theirs,
            env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
            preexec_fn=hear_signals,
        )
        try:
            assert wait_until(lambda: "now test_" in terminal.text, 120), terminal.text
            assert re.search(r"\d+ left", terminal.text)
            run.send_signal(signal.SIGINT)
            assert run.wait(30) == INTERRUPTED
        finally:
            run.kill()
            run.wait()
    assert "until Ctrl-C" not in terminal.text
    assert "not reached" in terminal.text
