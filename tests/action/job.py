"""A GitHub runner in small: executes the steps of action.yml as they stand, and reads their log.

What it knows is what the action uses: inputs, outputs of steps, `always()`, and a comparison with
''. Anything else is an error, so that the action does not use what nobody has tried.
"""

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
#: As a runner executes `shell: bash`.
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")

#: Executes a command with these variables and returns status and log.
Execute = Callable[[list[str], Mapping[str, str]], tuple[int, str]]
Step = Mapping[str, Any]


@dataclass(frozen=True)
class Annotation:
    """One annotation, as the page of a job shows it."""

    level: str
    title: str
    message: str


@dataclass
class Job:
    """One use of the action below `folder`: what came of it, when `run` has returned."""

    folder: Path
    inputs: Mapping[str, str]
    execute: Execute | None = None
    action_path: Path = ROOT
    log: str = ""
    is_green: bool = True
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    #: The actions of others that would have been used, with their inputs.
    used: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        declared = {name: each.get("default", "") for name, each in ACTION["inputs"].items()}
        assert set(self.inputs) <= set(declared), "an input that the action does not declare"
        self.inputs = {**declared, **self.inputs}
        (self.folder / "temp").mkdir(parents=True, exist_ok=True)
        self.execute = self.execute or self._execute_here

    @property
    def summary(self) -> str:
        path = self.folder / "summary"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def annotations(self) -> list[Annotation]:
        return list_annotations(self.log)

    def run(self, *, without: tuple[str, ...] = ()) -> "Job":
        """Execute all steps, those named `without` aside; return self."""
        for number, step in enumerate(ACTION["runs"]["steps"]):
            wanted = self._is_wanted(str(step.get("if", "success()")))
            if not wanted or step.get("name") in without:
                continue
            if "uses" in step:
                given = step.get("with", {}).items()
                self.used[step["uses"]] = {name: self._fill(text) for name, text in given}
            else:
                self.take(step, number)
        return self

    def take(self, step: Step, number: int = 0) -> None:
        """Execute one step of commands."""
        assert step["shell"] == "bash"
        script, output = self.folder / f"{number}.sh", self.folder / f"{number}.out"
        script.write_text(step["run"], encoding="utf-8")
        environ = {name: self._fill(text) for name, text in step.get("env", {}).items()}
        environ |= {
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "GITHUB_ACTION_PATH": str(self.action_path),
            "RUNNER_TEMP": str(self.folder / "temp"),
        }
        output.write_text("", encoding="utf-8")
        output.chmod(0o666)
        assert self.execute is not None
        status, said = self.execute([*BASH, str(script)], environ)
        self.log += said
        self.is_green &= status == 0
        lines = output.read_text(encoding="utf-8").splitlines()
        self.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in lines)

    def _is_wanted(self, condition: str) -> bool:
        words = {"always()": True, "success()": self.is_green}
        parts = (self._fill(part.strip()) for part in condition.split("&&"))
        return all(words[part] if part in words else self._is_given(part) for part in parts)

    def _is_given(self, condition: str) -> bool:
        found = re.fullmatch(r"inputs\.([\w-]+) != ''", condition)
        assert found, f"unknown condition {condition!r}"
        return self.inputs[found[1]] != ""

    def _fill(self, text: str) -> str:
        return re.sub(r"\$\{\{ (.*?) \}\}", self._evaluate, text)

    def _evaluate(self, found: re.Match[str]) -> str:
        match found[1].split("."):
            case ["inputs", name]:
                return self.inputs[name]
            case ["steps", id, "outputs", name]:
                return self.outputs.get(id, {}).get(name, "")
        raise AssertionError(f"unknown expression {found[0]!r}")

    def _execute_here(self, command: list[str], environ: Mapping[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        return done.returncode, done.stdout


def list_annotations(log: str) -> list[Annotation]:
    """Return the annotations in a log, as a runner finds them: none while commands are stopped."""
    found, token = [], None
    for line in map(str.strip, log.splitlines()):
        if token is not None:
            token = None if line == f"::{token}::" else token
        elif match := re.match(r"::stop-commands::(\w+)", line):
            token = match[1]
        elif match := re.match(r"::(error|warning|notice) title=([^:,]*)::(.*)", line):
            found.append(Annotation(match[1], _restore(match[2]), _restore(match[3])))
    return found


def _restore(text: str) -> str:
    for code, character in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ",")):
        text = text.replace(code, character)
    return text.replace("%25", "%")
