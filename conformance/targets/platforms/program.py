"""A program of a platform, such as docker: asked, bounded, and quoted when it refuses."""

import shutil
import subprocess
from collections.abc import Mapping

from onceproof.conformance.errors import TargetError
from onceproof.conformance.secrets.find import show

ASK_S = 30.0


class Program:
    """One program on the PATH, on behalf of `option`, which sentences name."""

    def __init__(self, name: str, option: str, known: Mapping[str, str]) -> None:
        """`known` maps what the program writes when it fails to what is to be done about it."""
        self._name = name
        self._option = option
        self._known = known

    def run(self, *arguments: str, limit_s: float = ASK_S) -> str:
        """Return what it wrote; TargetError when it fails, TimeoutError after `limit_s` seconds."""
        return self._run(arguments, limit_s, subprocess.PIPE)

    def run_for_both(self, *arguments: str, limit_s: float = ASK_S) -> str:
        """Return what it wrote on both of its outputs, in their order; errors as `run`."""
        return self._run(arguments, limit_s, subprocess.STDOUT)

    def _run(self, arguments: tuple[str, ...], limit_s: float, errors: int) -> str:
        words = [self._path(), *arguments]
        try:
            done = subprocess.run(
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                timeout=limit_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            call = show(" ".join((self._name, *arguments)))
            raise TimeoutError(f"{call!r} took more than {limit_s:g} s") from None
        if done.returncode:
            said = (done.stderr or done.stdout or b"").decode(errors="replace")
            raise TargetError(self._explain(arguments, said))
        return done.stdout.decode(errors="replace")

    def _path(self) -> str:
        path = shutil.which(self._name)
        if path is None:
            raise TargetError(
                f"{self._option} needs the program {self._name}, which is not on the PATH: install "
                "it, or give each lever as a command with --lever (docs/targets.md)"
            )
        return path

    def _explain(self, arguments: tuple[str, ...], said: str) -> str:
        for sign, advice in self._known.items():
            if sign.lower() in said.lower():
                return f"{self._option}: {advice}"
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        call = show(" ".join((self._name, *arguments[:3])))
        return (
            f"{self._option}: {call!r} failed: {show(' | '.join(lines[-3:])) or 'without a word'}"
        )
