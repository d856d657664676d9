"""Goes through the steps of a document in a folder of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from onceproof.conformance.stacks.ports import free_port, is_free
from onceproof.conformance.stacks.waiting import wait_until
from tests.hearing import hear_signals
from tests.tutorial.blocks import Step, find_difference

UP_S = 120.0
RUN_S = 400.0
END_S = 60.0
#: Where Debian keeps nginx.
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"])


def find_pair() -> int:
    """A free port with a free one after it."""
    return next(port for _ in range(100) if is_free((port := free_port()) + 1))


class Walk:
    """Goes through the steps of a document; what it started ends with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        first = find_pair()
        self.ports = {"2024": free_port(), "8123": first, "8124": first + 1, "8443": free_port()}
        self.started: list[subprocess.Popen[str]] = []
        self.output = ""
        self.left_out: list[str] = []

    def close(self) -> None:
        while self.started:
            self.stop("", "")

    def take(self, step: Step) -> None:
        missing = [name for name in step.needs if shutil.which(name, path=PATH) is None]
        if missing:
            self.left_out.append(f"{step}: needs {', '.join(missing)}")
            return
        if step.does == "not run":
            self.left_out.append(str(step))
        elif step.does:
            act = getattr(self, step.does if step.does != "output" else "compare_output")
            act(self.place(step.what), self.place(step.text))

    def place(self, text: str) -> str:
        """Put free ports in the place of those of the document."""
        return re.sub(r"\b(2024|8123|8124|8443)\b", lambda found: str(self.ports[found[1]]), text)

    def file(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def run(self, ending: str, text: str) -> None:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=self.folder,
            env={**os.environ, "PATH": PATH},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=RUN_S,
            check=False,
        )
        self.output = done.stdout
        assert done.returncode == int(ending.removeprefix("exit") or 0), f"{text}\n{self.output}"

    def start(self, sign: str, text: str) -> None:
        log = self.folder / f"started-{len(list(self.folder.glob('started-*')))}.log"
        with log.open("w") as writing:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {text}"],
                cwd=self.folder,
                env={**os.environ, "PATH": PATH},
                stdout=writing,
                stderr=subprocess.STDOUT,
                text=True,
                preexec_fn=hear_signals,
            )
        self.started.append(process)

        def is_up_or_over() -> bool:
            return process.poll() is not None or self.is_up(sign, log.read_text())

        assert wait_until(is_up_or_over, UP_S, 0.1), f"{text}\n{log.read_text()}"
        self.output = log.read_text()
        assert process.poll() is None, f"{text}\n{self.output}"

    def is_up(self, sign: str, written: str) -> bool:
        if not sign.startswith("on "):
            return sign.strip('"') in written
        with closing(socket.socket()) as asking:
            return asking.connect_ex(("127.0.0.1", int(sign.removeprefix("on ")))) == 0

    def stop(self, what: str, text: str) -> None:
        process = self.started.pop()
        process.send_signal(signal.SIGINT)
        try:
            process.wait(END_S)
        finally:
            process.kill()

    def compare_output(self, what: str, text: str) -> None:
        missing = find_difference(text, self.output)
        assert missing is None, f"not seen: {missing}\n\n{self.output}"
