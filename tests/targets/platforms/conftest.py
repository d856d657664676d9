"""Programs of platforms that answer with what was recorded."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


class Recorded:
    """A program on the PATH that answers by a script of this folder, over files in `folder`."""

    def __init__(self, folder: Path, data: str, *, of: str) -> None:
        self.folder = folder
        self.data = folder / data
        self.data.write_text((HERE / of).read_text())

    @property
    def items(self) -> Any:
        return json.loads(self.data.read_text())

    @items.setter
    def items(self, items: Any) -> None:
        self.data.write_text(json.dumps(items))

    def asked(self, verb: str) -> list[str]:
        """The calls with this verb."""
        lines = (self.folder / "asked").read_text().splitlines()
        return [line for line in lines if f" {verb} " in f" {line} "]

    def refuse(self, sentence: str) -> None:
        """Fail from now on with these words."""
        (self.folder / "refusal").write_text(sentence)


def put_on_path(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = folder / name
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{HERE}/recorded_{name}.py" "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setenv(f"RECORDED_{name.upper()}", str(folder))


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    put_on_path("docker", tmp_path, monkeypatch)
    return Recorded(tmp_path, "containers.json", of="docker_inspect.json")


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    put_on_path("kubectl", tmp_path, monkeypatch)
    return Recorded(tmp_path, "pods.json", of="kubectl_pods.json")
